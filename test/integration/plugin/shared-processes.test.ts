import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { ReaperPluginOptions } from '../../../src';
import { extension } from '../../fixtures/plugin/scene';
import type { Queued } from '../../fixtures/plugin/shared-helper';
import { isRunning, parentOf, processesWithArgument, startTicks } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import type { Processes } from '../cancel/suite';
import { CrashScene, put } from '../crash/scene';

// With REAPER_TEST_ESBUILD=<its folder> the helper is esbuild's own.
const isEsbuild = process.env.REAPER_TEST_ESBUILD !== undefined;
const PROGRAM = isEsbuild ? 'esbuild' : 'build-service';
const KILLED = 'A process that nobody waits for is killed';
const LEFT = 'Activity returned and left processes behind';
const STRANGER = 'A process started in the context of an activity that has returned belongs to no activity';

let scene: CrashScene;
let dir: string;
const workers: Record<string, WorkerProcess> = {};
beforeAll(async () => {
  scene = await CrashScene.open();
  dir = scene.suite.run.newDir();
  symlinkSync(process.execPath, join(dir, PROGRAM));
  const start = async (queue: string, plugin: ReaperPluginOptions = {}): Promise<void> => {
    mkdirSync(join(dir, queue));
    workers[queue] = await scene.worker(queue, plugin, { extend: extension('shared-helper') });
  };
  await Promise.all([start('named', { neverTrack: [PROGRAM] }), start('unnamed'), start('returns')]);
});
afterAll(() => scene.end());

function start(queue: string, name: string, args: unknown[]): Promise<WorkflowHandle> {
  const step = { name, args, taskQueue: scene.suite.unique(queue), options: { retry: { maximumAttempts: 1 } } };
  return scene.suite.start('workflows', 'runAll', [[step]]);
}

/** Has an activity use the library, and run a program if there is one. */
async function use(queue: string, processes?: Processes): Promise<WorkflowHandle> {
  const own = join(dir, queue);
  const handle = await start(queue, 'useLibrary', [join(dir, PROGRAM), own, processes?.program]);
  await processes?.started();
  return handle;
}

/** The worker's helper, by the kernel's word. */
function helperOf(queue: string): { isAlive(): boolean } {
  const text = isEsbuild ? '--service=' : join(dir, queue);
  const pids = processesWithArgument(text).filter((pid) => parentOf(pid) === workers[queue].pid);
  expect(pids).toHaveLength(1);
  const ticks = startTicks(pids[0]);
  return { isAlive: () => isRunning(pids[0], ticks) };
}

/** Warnings of the worker with that message, each with its attributes. */
function warnings(queue: string, message: string): string[] {
  const lines = workers[queue].output().split(/^(?=\d{4}-\d\d-\d\dT)/m);
  return lines.filter((line) => line.includes('[WARN]') && line.includes(message));
}

async function cancel(handle: WorkflowHandle, processes: Processes): Promise<void> {
  await handle.cancel();
  await scene.gone([processes]);
  expect(await scene.suite.closed(handle)).toBe('CANCELLED');
}

describe('a helper that a library starts for all', () => {
  test('is spared where its program is named: a later activity uses it', async () => {
    const processes = scene.suite.processes('ignores-sigterm');
    const handle = await use('named', processes);
    const helper = helperOf('named');
    await cancel(handle, processes);
    expect(helper.isAlive()).toBe(true);
    expect(await (await use('named')).result()).toHaveLength(1);
    expect([...warnings('named', KILLED), ...warnings('named', LEFT)]).toEqual([]);
  });

  test('negative control: else it dies with the activity that came first, and one warning says what to do', async () => {
    const processes = scene.suite.processes();
    const handle = await use('unnamed', processes);
    const helper = helperOf('unnamed');
    await cancel(handle, processes);
    await waitUntil('the helper is dead', () => !helper.isAlive());
    await expect((await use('unnamed')).result()).rejects.toThrow();
    const told = [...warnings('unnamed', KILLED), ...warnings('unnamed', LEFT)];
    expect(told).toEqual([expect.stringMatching(new RegExp(`program: '${PROGRAM}'[^]*neverTrack[^]*untracked`))]);
  });

  test('left behind by an activity that has returned, it lives on: one warning tells of it', async () => {
    await (await use('returns')).result();
    const helper = helperOf('returns');
    await waitUntil('the log tells', () => warnings('returns', LEFT).length > 0);
    const processes = scene.suite.processes();
    await cancel(await use('returns', processes), processes);
    expect(helper.isAlive()).toBe(true);
    await (await use('returns')).result();
    const told = [...warnings('returns', KILLED), ...warnings('returns', LEFT)];
    expect(told).toEqual([expect.stringMatching(new RegExp(`processes: [^]*remedy: [^]*neverTrack`))]);
  });
});

describe('a queue at module level', () => {
  interface Side {
    handle: WorkflowHandle;
    processes: Processes;
  }

  /** An activity with a task that runs until the file is there; when it is over, the activity goes on by itself if told to. */
  const queue = async (task: Omit<Queued, 'queuedFile'>): Promise<WorkflowHandle> => {
    const queuedFile = scene.newFile('queued');
    const handle = await start('named', 'inQueue', [{ ...task, queuedFile }]);
    await waitUntil('it is in the queue', () => existsSync(queuedFile));
    return handle;
  };
  const until = (file: string) => ({ command: 'sh', args: ['-c', `until [ -e '${file}' ]; do sleep 0.05; done`] });

  /** The task of activity B begins when that of A ends; A goes on. */
  async function queueTwo(isBound: boolean): Promise<[Side, Side]> {
    const [a, b] = [scene.suite.processes(), scene.suite.processes()];
    const go = scene.newFile('go');
    const handleA = await queue({ program: until(go), isBound, then: a.program });
    const handleB = await queue({ program: b.program, isBound });
    put(go);
    await Promise.all([a.started(), b.started()]);
    return [
      { handle: handleA, processes: a },
      { handle: handleB, processes: b },
    ];
  }

  test('handed over with AsyncResource.bind, each process is of the activity that asked for it', async () => {
    const [a, b] = await queueTwo(true);
    await cancel(a.handle, a.processes);
    await b.processes.goOn(25);
    await cancel(b.handle, b.processes);
  });

  test('negative control: without, it is of the activity in whose context it starts', async () => {
    const [a, b] = await queueTwo(false);
    await b.handle.cancel();
    expect(await scene.suite.closed(b.handle)).toBe('CANCELLED');
    await b.processes.goOn(25);
    await a.handle.cancel();
    await scene.gone([a.processes, b.processes]);
  });

  test("or nobody's when that one has returned: one warning for each of the two names the remedy", async () => {
    const [left, stranger] = [scene.suite.processes(), scene.suite.processes()];
    const [go, goOn] = [scene.newFile('go'), scene.newFile('go-on')];
    const first = await queue({ program: until(go), isBound: false });
    const others = [];
    for (const program of [until(goOn), left.program, stranger.program]) {
      others.push(await queue({ program, isBound: false }));
    }
    put(go);
    await first.result();
    await waitUntil('what is left is told of', () => warnings('named', LEFT).length > 0);
    put(goOn);
    await left.started();
    process.kill(left.pidOf('main'), 'SIGKILL');
    await stranger.started();
    await others[2].cancel();
    expect(await scene.suite.closed(others[2])).toBe('CANCELLED');
    await stranger.goOn(25);
    for (const message of [LEFT, STRANGER]) {
      expect(warnings('named', message)).toEqual([expect.stringContaining('AsyncResource.bind')]);
    }
  });
});
