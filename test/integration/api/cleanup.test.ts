import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { Program } from '../../fixtures/activities';
import { waitUntil } from '../../helpers/wait-until';
import type { Processes } from '../cancel/suite';
import { CrashScene } from '../crash/scene';

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
  await Promise.all([
    scene.worker('a', { escalation: { graceMs: 2_000, settleMs: 3_000 } }, { workflows: true }),
    scene.worker('leaves', { leftovers: 'leave' }, { workflows: true }),
    scene.worker('hasty', { escalation: { graceMs: 0 } }, { workflows: true }),
  ]);
});
afterAll(() => scene.end());

type How = 'awaited' | 'left' | 'again and again';

/** Starts the activity, and waits until its processes are there. */
async function start(
  queue: string,
  program: Processes,
  cleanup: Program,
  how: How = 'awaited',
): Promise<WorkflowHandle> {
  const args = [program.program, cleanup, how];
  const options = { retry: { maximumAttempts: 1 } };
  const handle = await scene.suite.start(queue, 'runAll', [[{ name: 'runThenCleanUp', args, options }]]);
  await program.started();
  return handle;
}

/** A program that takes a moment, and tells that it has run to its end. */
function tidy(file: string, route: Program['route']): Program {
  return { command: 'sh', args: ['-c', `sleep 0.3; : > '${file}'`], route };
}

describe.each(['spawn', 'spawnSync', 'execa'] as const)('a cleanup by %s, in a finally', (route) => {
  test('runs to its end when the processes of the cancelled attempt are dead', async () => {
    const processes = scene.suite.processes('forks-children');
    const file = scene.newFile('cleaned');
    const handle = await start('a', processes, tidy(file, route));
    await handle.cancel();
    expect(await scene.suite.closed(handle)).toBe('CANCELLED');
    expect(existsSync(file)).toBe(true);
    await scene.gone([processes]);
  });
});

test('negative control: without any grace there is no time to clean up', async () => {
  const processes = scene.suite.processes('forks-children');
  const file = scene.newFile('cleaned');
  const handle = await start('hasty', processes, tidy(file, 'spawn'));
  await handle.cancel();
  expect(await scene.suite.closed(handle)).toBe('CANCELLED');
  expect(existsSync(file)).toBe(false);
});

test('a synchronous one runs after a program that blocked the main loop', async () => {
  const processes = scene.suite.processes('forever', { route: 'execSync' });
  const file = scene.newFile('cleaned');
  const taskQueue = scene.suite.unique('a');
  const step = { name: 'runThenCleanUp', args: [processes.program, tidy(file, 'execSync'), 'awaited'], taskQueue };
  const handle = await scene.suite.start('workflows', 'runAll', [[step]]);
  await processes.started();
  await handle.terminate('test');
  await waitUntil('it has cleaned up', () => existsSync(file));
  await scene.gone([processes]);
});

test('what a cleanup leaves dies with the attempt', async () => {
  const processes = scene.suite.processes();
  const left = scene.suite.processes('ignores-sigterm');
  const handle = await start('a', processes, left.program, 'left');
  await handle.cancel();
  expect(await scene.suite.closed(handle)).toBe('CANCELLED');
  await scene.gone([processes, left]);
});

test('negative control: where nothing was killed, the same process lives on', async () => {
  const left = scene.suite.processes('ignores-sigterm');
  const program = { command: 'true', args: [] };
  const step = { name: 'runThenCleanUp', args: [program, left.program, 'left'] };
  const handle = await scene.suite.start('leaves', 'runAll', [[step]]);
  expect(await scene.suite.closed(handle)).toBe('COMPLETED');
  await left.started();
  await left.goOn(25);
});

test('who starts its tool again and again gains no more than the grace', async () => {
  const processes = scene.suite.processes();
  const again = scene.suite.processes('forever', { heartbeatMs: undefined });
  const handle = await start('a', processes, again.program, 'again and again');
  await handle.cancel();
  await again.started();
  expect(await scene.suite.closed(handle)).toBe('CANCELLED');
  await scene.gone([processes, again]);
  expect(existsSync(join(again.dir, 'main.pid'))).toBe(true);
});
