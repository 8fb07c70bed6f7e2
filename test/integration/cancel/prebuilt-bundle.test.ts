import { CancelSuite, expectKilledBeforeCancelled } from './suite';

let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
  // The second one has no watch either: nothing but the bundle can make the difference.
  await Promise.all([
    suite.worker('a', { ...suite.bundle('with'), plugin: { watch: false } }),
    suite.worker('bare', { ...suite.bundle('without'), plugin: { watch: false } }),
  ]);
});
afterAll(() => suite.end());

test('a bundle that was made with the plugin kills before it cancels', async () => {
  const processes = suite.processes('forks-children');
  const handle = await suite.start('a', 'runAll', [[processes.step()]]);
  await processes.started();
  await handle.cancel();
  await processes.died();
  await expectKilledBeforeCancelled(handle, [processes]);
  expect(await suite.closed(handle)).toBe('CANCELLED');
});

test('negative control: a bundle that was made without it does not', async () => {
  const processes = suite.processes('forks-children');
  const handle = await suite.start('bare', 'runAll', [[processes.step()]]);
  await processes.started();
  await handle.cancel();
  await processes.goOn(50);
});
