import { existsSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReaperClient } from '../../../src/client';
import type { WorkerProcess } from '../../helpers/worker-process';
import { controlIsServed, hostIsServed } from '../../helpers/control-served';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkflowHandle } from '@temporalio/client';
import type { Processes } from '../cancel/suite';
import { CrashScene, guardianOf, guardiansOf } from './scene';

const CRASHED = /The reaper thread crashed/g;
const BACK = /A new reaper thread has taken over/g;

const BLOCKING = require.resolve('../../../dist/test/fixtures/plugin/block-reaper');
const CRASHING = require.resolve('../../../dist/test/fixtures/plugin/crash-reaper');

let scene: CrashScene;
let reaper: ReaperClient;
let worker: WorkerProcess;
/** Workers whose thread is blocked from the start, since it takes half a minute until that is noticed. */
const blocked = new Map<NodeJS.Signals, { worker: WorkerProcess; processes: Processes; handle: WorkflowHandle }>();
beforeAll(async () => {
  scene = await CrashScene.open();
  reaper = new ReaperClient(scene.suite.client);
  const slow = { graceMs: 3_000, settleMs: 3_000 };
  const [crashing, control] = await Promise.all([
    scene.worker('crashing', { escalation: slow }, { extend: CRASHING }),
    scene.worker('control', { control: true }),
  ]);
  worker = crashing;
  await controlIsServed(scene.suite.connection, { workerPid: control.pid });
  await Promise.all([block('SIGWINCH'), block('SIGCONT')]);
}, 120_000);
afterAll(() => scene.end());

const times = (what: RegExp): number => worker.output().match(what)?.length ?? 0;

/** Crashes the thread and waits for the next one. */
async function crash(): Promise<void> {
  const before = times(CRASHED);
  worker.child.kill('SIGWINCH');
  await waitUntil('the thread has crashed', () => times(CRASHED) === before + 1);
}

async function crashAndWait(): Promise<void> {
  const before = times(BACK);
  await crash();
  await waitUntil('a new thread has taken over', () => times(BACK) === before + 1);
}

/** Starts a worker with an activity, and blocks its thread as soon as that has loaded. */
async function block(signal: NodeJS.Signals): Promise<void> {
  const worker = await scene.worker(signal, {}, { extend: BLOCKING });
  await hostIsServed(scene.suite.connection, scene.hostId(signal));
  const processes = scene.suite.processes('forks-children');
  const handle = await start(processes, signal);
  await processes.started();
  worker.child.kill(signal);
  await waitUntil('its thread is blocked', () => worker.output().includes('blocked'));
  blocked.set(signal, { worker, processes, handle });
}

const start = (processes: Processes, queue = 'crashing'): Promise<WorkflowHandle> =>
  scene.suite.start('workflows', 'runAll', [[processes.step({ taskQueue: scene.suite.unique(queue) })]]);

test('the next thread knows the attempts of the first: its watch sees their end', async () => {
  const processes = scene.suite.processes('forks-children');
  const handle = await start(processes);
  await processes.started();
  await crashAndWait();
  await processes.goOn();
  // Nobody asks it to kill: who does not know the attempt, does not ask after it.
  await handle.terminate();
  await scene.gone([processes]);
});

test('and serves the task queues', async () => {
  const processes = scene.suite.processes('forks-children');
  const handle = await start(processes);
  await processes.started();
  await crashAndWait();
  const outcome = await reaper.cancelWorkflow({ workflowId: handle.workflowId });
  expect(outcome).toMatchObject({ hosts: [{ hostId: scene.hostId('crashing') }] });
  await scene.gone([processes]);
  expect(await scene.suite.closed(handle)).toBe('CANCELLED');
  expect(processes.attempts()).toEqual([1]);
});

test('a kill that is under way at the crash is begun again, and the attempt ends when they are dead', async () => {
  const processes = scene.suite.processes('ignores-sigterm');
  const handle = await start(processes);
  await processes.started();
  await handle.terminate();
  await waitUntil('it has its SIGTERM', () => existsSync(join(processes.dir, 'main.signals')));
  await crash();
  await scene.gone([processes]);
});

test('it has one guardian afterwards, which does its work', async () => {
  const processes = scene.suite.processes('daemonises');
  await scene.run('crashing', [processes]);
  const before = await guardianOf(worker.pid);
  await crashAndWait();
  const after = await guardianOf(worker.pid, before);
  await waitUntil('the former guardian has ended', () => guardiansOf(worker.pid).join() === String(after));
  await processes.goOn();
  await worker.kill();
  await scene.gone([processes]);
});

test.each([
  ['in JavaScript', 'SIGWINCH'],
  ['in the kernel, where nothing terminates it', 'SIGCONT'],
] as const)(
  'one that is stuck %s, and has not crashed, is replaced too',
  async (_where, signal) => {
    const { worker, processes, handle } = blocked.get(signal)!;
    await processes.goOn();
    await waitUntil('a new thread has taken over', () => worker.output().search(BACK) >= 0, { timeoutMs: 90_000 });
    expect(worker.output()).toContain('The reaper thread does not answer any more');
    await processes.goOn();
    await handle.terminate();
    await scene.gone([processes]);
    await worker.kill(); // a process does not exit while the kernel holds one of its threads
    rmSync(join(tmpdir(), `block-reaper-${worker.pid}`), { force: true });
  },
  120_000,
);
