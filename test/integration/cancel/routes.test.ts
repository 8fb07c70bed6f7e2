import type { Route } from '../../fixtures/activities';
import { CancelSuite, Events, expectKilledBeforeCancelled } from './suite';

// The synchronous routes block the worker's main loop: its workflows run on a worker of their own.
let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
  await Promise.all([
    suite.worker('workflows'),
    suite.worker('a', { workflows: false }),
    suite.worker('unguarded-workflows', { plugin: false }),
  ]);
});
afterAll(() => suite.end());

const routes: Route[] = [
  'spawn',
  'exec',
  'execFile',
  'fork',
  'execa',
  'promisify(exec)',
  'spawnSync',
  'execSync',
  'execFileSync',
];

describe.each(routes)('%s', (route) => {
  test('five generations die before the cancel', async () => {
    const processes = suite.processes('forks-children', { route });
    const handle = await suite.start('workflows', 'runAll', [[processes.step({ taskQueue: suite.unique('a') })]]);
    await processes.started();
    await handle.cancel();
    await processes.died();
    await expectKilledBeforeCancelled(handle, [processes]);
    expect(suite.processesOf(processes)).toEqual([]);
    expect(await suite.closed(handle)).toBe('CANCELLED');
    expect(processes.attempts()).toEqual([1]);
  });
});

const asynchronous = routes.filter((route) => !route.endsWith('Sync'));
test.each(asynchronous)('negative control: %s without the plugin leaves all of them beating', async (route) => {
  const processes = suite.processes('forks-children', { route });
  const handle = await suite.start('unguarded-workflows', 'runAll', [[processes.step()]]);
  await processes.started();
  await handle.cancel();
  await Events.withCancelRequests(handle, 1);
  await processes.goOn();
});

const synchronous = routes.filter((route) => route.endsWith('Sync'));
test.each(synchronous)('negative control: %s without the plugin leaves all of them beating', async (route) => {
  const blocked = await suite.worker(`unguarded-${route}`, { plugin: false, workflows: false });
  const processes = suite.processes('forks-children', { route });
  const step = processes.step({ taskQueue: suite.unique(`unguarded-${route}`) });
  const handle = await suite.start('unguarded-workflows', 'runAll', [[step]]);
  await processes.started();
  await handle.cancel();
  await Events.withCancelRequests(handle, 1);
  await processes.goOn();
  await blocked.kill();
});
