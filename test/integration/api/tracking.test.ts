import type { WorkflowHandle } from '@temporalio/client';
import { waitUntil } from '../../helpers/wait-until';
import type { Processes } from '../cancel/suite';
import { CrashScene, put } from '../crash/scene';

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
  await scene.worker('a', {}, { workflows: true });
});
afterAll(() => scene.end());

const endings: Record<string, (handle: WorkflowHandle) => Promise<unknown>> = {
  cancel: (handle) => handle.cancel(),
  terminate: (handle) => handle.terminate('test'),
};

async function start(processes: Processes, name: string, args: unknown[], options = {}): Promise<WorkflowHandle> {
  const step = { name, args, options: { retry: { maximumAttempts: 1 }, ...options } };
  const handle = await scene.suite.start('a', 'runAll', [[step]]);
  await processes.started();
  return handle;
}

describe('untracked', () => {
  test.each(Object.keys(endings))(
    'a process that is started by it outlives a %s; its sibling does not',
    async (how) => {
      const [daemon, processes] = [scene.suite.processes(), scene.suite.processes()];
      const handle = await start(processes, 'runBesides', [daemon.program, processes.program]);
      await daemon.started();
      await endings[how](handle);
      await scene.gone([processes]);
      await scene.suite.closed(handle);
      await daemon.goOn(25);
    },
  );
});

describe('track', () => {
  const unseen = ['runOnThread', 'runInPty'].flatMap((name) => Object.keys(endings).map((how) => [how, name] as const));

  test.each(unseen)('a process that no hook saw is killed by a %s (%s)', async (how, name) => {
    const processes = scene.suite.processes('forks-children');
    const handle = await start(processes, name, [processes.program, true]);
    await endings[how](handle);
    await scene.gone([processes]);
    await scene.suite.closed(handle);
  });

  test('negative control: without it, the process goes on', async () => {
    const processes = scene.suite.processes('forks-children');
    const handle = await start(processes, 'runOnThread', [processes.program, false]);
    await handle.cancel();
    expect(await scene.suite.closed(handle)).toBe('CANCELLED');
    await processes.goOn(25);
  });

  test('it refuses what is not there, and what must not be killed', async () => {
    const handle = await scene.suite.start('a', 'runAll', [
      [{ name: 'trackCodes', args: [[4_194_305, 0, 1, -1, 1.5]] }],
    ]);
    const [codes] = (await handle.result()) as string[][];
    expect(codes).toEqual(['PROCESS_NOT_FOUND', ...Array<string>(6).fill('PROCESS_PROTECTED')]);
  });
});

describe('markerEnv', () => {
  test.each(Object.keys(endings))('what carries it is killed by a %s', async (how) => {
    const processes = scene.suite.processes();
    const handle = await start(processes, 'runContainer', [processes.program, true, scene.newFile('end')]);
    await endings[how](handle);
    await scene.gone([processes]);
  });

  test('by the start-to-close timeout', async () => {
    const processes = scene.suite.processes();
    const options = { startToCloseTimeout: '4s' };
    await start(processes, 'runContainer', [processes.program, true, scene.newFile('end')], options);
    await scene.gone([processes]);
  });

  test('by an activity that throws', async () => {
    const processes = scene.suite.processes();
    const end = scene.newFile('end');
    await start(processes, 'runContainer', [processes.program, true, end]);
    put(end, 'fail');
    await scene.gone([processes]);
  });

  test('negative control: without it, the process goes on', async () => {
    const processes = scene.suite.processes();
    const handle = await start(processes, 'runContainer', [processes.program, false, scene.newFile('end')]);
    await handle.cancel();
    expect(await scene.suite.closed(handle)).toBe('CANCELLED');
    await processes.goOn(25);
  });

  test('it is left alone when the activity returns', async () => {
    const processes = scene.suite.processes();
    const end = scene.newFile('end');
    const handle = await start(processes, 'runContainer', [processes.program, true, end]);
    put(end);
    await waitUntil('the workflow has completed', async () => (await handle.describe()).status.name === 'COMPLETED');
    await processes.goOn(25);
  });
});
