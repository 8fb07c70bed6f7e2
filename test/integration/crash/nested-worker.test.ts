import { resolve } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { WorkerFixture } from '../../fixtures/worker';
import { processesWithArgument } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';
import type { Processes } from '../cancel/suite';
import { CrashScene, escalation, guardianOf, guardiansOf, programsOf } from './scene';

const ENTRY = resolve(__dirname, '../../../dist/test/fixtures/worker.js');

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
  await scene.worker('outer');
  await scene.worker('bare', {}, { plugin: false });
});
afterAll(() => scene.end());

interface Nest {
  outer: WorkflowHandle;
  inner: WorkflowHandle;
  /** What the inner activity has started. */
  processes: Processes;
  workerPid: number;
  /** Living processes of the inner worker, whatever has become of their parents. */
  workers: () => number[];
}

/** An activity that runs a worker, which runs an activity. */
async function nest(outerQueue: string, queue: string): Promise<Nest> {
  const fixture: WorkerFixture = {
    address: scene.suite.address,
    taskQueue: scene.suite.unique(queue),
    workflows: false,
    plugin: { hostId: scene.hostId(queue), control: false, escalation },
  };
  // A standard input that never ends: the fixture would shut down with it.
  const script = 'mkfifo "$4"; exec "$1" "$2" "$3" 0<>"$4"';
  const args = ['-c', script, 'sh', process.execPath, ENTRY, JSON.stringify(fixture), scene.newFile('stdin')];
  const program = { command: 'sh', args };
  const workers = (): number[] => processesWithArgument(`"taskQueue":"${fixture.taskQueue}"`);
  const once = { retry: { maximumAttempts: 1 } };
  const outer = await scene.suite.start('workflows', 'runAll', [
    [{ name: 'runProgram', args: [program], taskQueue: scene.suite.unique(outerQueue), options: once }],
  ]);
  const processes = scene.suite.processes('daemonises');
  const inner = await scene.suite.start('workflows', 'runAll', [
    [processes.step({ taskQueue: fixture.taskQueue, options: once })],
  ]);
  await processes.started();
  const [workerPid] = workers();
  await guardianOf(workerPid);
  return { outer, inner, processes, workerPid, workers };
}

test("the outer activity's cancel takes the inner worker, its guardian and its activity's processes", async () => {
  const { outer, processes, workers, workerPid } = await nest('outer', 'inner');
  await outer.cancel();
  await waitUntil('the inner worker is dead', () => workers().length === 0);
  await scene.gone([processes]);
  await waitUntil('its guardian has ended', () => guardiansOf(workerPid).length === 0);
  expect(await scene.suite.closed(outer)).toBe('CANCELLED');
});

test("the inner activity's cancel leaves the inner worker and the outer activity alone", async () => {
  const { outer, inner, processes, workers, workerPid } = await nest('outer', 'inner-alone');
  await inner.cancel();
  await scene.gone([processes]);
  expect(await scene.suite.closed(inner)).toBe('CANCELLED');
  expect(workers()).toContain(workerPid);
  expect(guardiansOf(workerPid)).toHaveLength(1);
  const another = scene.suite.processes();
  await scene.run('inner-alone', [another]); // it still works
  expect((await outer.describe()).status.name).toBe('RUNNING');
  await outer.cancel();
  await scene.gone([another]);
  await waitUntil('the inner worker is dead', () => workers().length === 0);
});

test('negative control: without the plugin around it, the inner worker and its activity go on', async () => {
  const { outer, processes, workers } = await nest('bare', 'inner-bare');
  await outer.cancel();
  await processes.goOn(100);
  expect(workers()).toHaveLength(1);
  expect(programsOf(processes)).toHaveLength(2);
});
