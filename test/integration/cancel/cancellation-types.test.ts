import { CancelSuite, Events, expectKilledBeforeCancelled } from './suite';

let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
  await Promise.all([suite.worker('a'), suite.worker('unguarded', { plugin: false })]);
});
afterAll(() => suite.end());

describe.each(['WAIT_CANCELLATION_COMPLETED', 'TRY_CANCEL'] as const)('%s', (cancellationType) => {
  test('the processes are dead before the cancel, and the workflow ends as cancelled', async () => {
    const processes = suite.processes();
    const handle = await suite.start('a', 'runAll', [[processes.step({ options: { cancellationType } })]]);
    await processes.started();
    await handle.cancel();
    await processes.died();
    await expectKilledBeforeCancelled(handle, [processes]);
    expect(await suite.closed(handle)).toBe('CANCELLED');
  });

  test('negative control: without the plugin they go on beating', async () => {
    const processes = suite.processes();
    const handle = await suite.start('unguarded', 'runAll', [[processes.step({ options: { cancellationType } })]]);
    await processes.started();
    await handle.cancel();
    await Events.withCancelRequests(handle, 1);
    await processes.goOn(25);
  });
});

describe('ABANDON', () => {
  const options = { cancellationType: 'ABANDON' } as const;

  test('the activity is left alone while its run is open, and killed when it closes', async () => {
    const processes = suite.processes();
    const handle = await suite.start('a', 'stayOpenAfterCancel', [processes.step({ options })]);
    await processes.started();
    await handle.cancel();
    // More than two of the watch's looks, a second apart.
    await processes.goOn(125);
    expect((await Events.of(handle)).taskQueuesOf('kill')).toEqual([]);
    await handle.signal('finish');
    expect(await handle.result()).toBe('cancelled');
    await processes.died();
    expect(processes.attempts()).toEqual([1]);
  });

  test('negative control: without the plugin the abandoned activity outlives its run', async () => {
    const processes = suite.processes();
    const handle = await suite.start('unguarded', 'stayOpenAfterCancel', [processes.step({ options })]);
    await processes.started();
    await handle.cancel();
    await handle.signal('finish');
    expect(await handle.result()).toBe('cancelled');
    await processes.goOn(125);
  });
});

test('non-cancellable cleanup runs after the kill, and is not killed', async () => {
  const [work, cleanup] = [suite.processes(), suite.processes()];
  const handle = await suite.start('a', 'cleanUpAfterwards', [[work.step(), cleanup.step()]]);
  await work.started();
  await handle.cancel();
  await cleanup.started();
  expect(work.alive()).toEqual([]);
  // Its run has a cancel, which is not for it; more than two of the watch's looks, a second apart.
  await cleanup.goOn(125);
  process.kill(cleanup.pidOf('main'), 'SIGTERM');
  await cleanup.died();
});

test('a workflow that swallows the cancel goes on with its next activity, which ends in its own way', async () => {
  const work = suite.processes();
  const echo = { name: 'run', args: ['sleep', ['1.5']] };
  const handle = await suite.start('a', 'goOnAfterCancel', [[work.step(), echo]]);
  await work.started();
  await handle.cancel();
  await work.died();
  await expectKilledBeforeCancelled(handle, [work]);
  expect(await handle.result()).toEqual(['cancelled', 'returned 0']);
  expect(await suite.closed(handle)).toBe('COMPLETED');
});
