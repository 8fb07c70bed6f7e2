import type { WorkerProcess } from '../../helpers/worker-process';
import { CancelSuite, Events, expectKilledBeforeCancelled } from './suite';

let suite: CancelSuite;
let workerA: WorkerProcess;
beforeAll(async () => {
  suite = await CancelSuite.open();
  [workerA] = await Promise.all([
    suite.worker('a', { workflows: false }),
    suite.worker('workflows'),
    suite.worker('both'),
    suite.worker('unguarded', { plugin: false, workflows: false }),
  ]);
});
afterAll(() => suite.end());

const blocking = () => suite.processes('forks-children', { route: 'execSync' });
const echo = (queue: string) => ({ name: 'echo', args: ['free'], taskQueue: suite.unique(queue) });

test('the activities of a worker are blocked: a cancel kills, and its loop is free again', async () => {
  const processes = blocking();
  const handle = await suite.start('workflows', 'runAll', [[processes.step({ taskQueue: suite.unique('a') })]]);
  await processes.started();
  await handle.cancel();
  await processes.died();
  await expectKilledBeforeCancelled(handle, [processes]);
  expect(await suite.closed(handle)).toBe('CANCELLED');
  const next = await suite.start('workflows', 'runAll', [[echo('a')]]);
  expect(await next.result()).toEqual(['free']);
  // No hook sees the pid of a synchronous call; that it entered its cgroup is seen all the same.
  const kill = /Killed the processes[^}]*}/.exec(workerA.output())?.[0];
  expect(kill).toContain('level:');
  if (kill?.includes("level: 'cgroup'")) expect(kill).toContain("proof: 'kernel'");
});

test('workflow and activity are on the same blocked worker: the watch kills, and the workflow ends as cancelled', async () => {
  const processes = blocking();
  const handle = await suite.start('both', 'runAll', [[processes.step()]]);
  await processes.started();
  await handle.cancel();
  await processes.died();
  expect(await suite.closed(handle)).toBe('CANCELLED');
  expect(processes.attempts()).toEqual([1]);
  const next = await suite.start('both', 'runAll', [[echo('both')]]);
  expect(await next.result()).toEqual(['free']);
});

test('a terminate of a workflow on the same blocked worker kills', async () => {
  const processes = blocking();
  const handle = await suite.start('both', 'runAll', [[processes.step()]]);
  await processes.started();
  await handle.terminate('test');
  await processes.died();
  const next = await suite.start('both', 'runAll', [[echo('both')]]);
  expect(await next.result()).toEqual(['free']);
});

test('negative control: without the plugin the loop stays blocked', async () => {
  const processes = blocking();
  const handle = await suite.start('workflows', 'runAll', [[processes.step({ taskQueue: suite.unique('unguarded') })]]);
  await processes.started();
  await handle.cancel();
  await Events.withCancelRequests(handle, 1);
  const next = await suite.start('workflows', 'runAll', [[echo('unguarded')]]);
  await processes.goOn(50);
  expect((await next.describe()).status.name).toBe('RUNNING');
});
