import { existsSync, readFileSync } from 'node:fs';
import type { WorkflowHandle } from '@temporalio/client';
import type { Cleanup } from '../../fixtures/activities';
import type { Processes } from '../cancel/suite';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import { CrashScene, put } from '../crash/scene';

let scene: CrashScene;
let worker: WorkerProcess;
beforeAll(async () => {
  scene = await CrashScene.open();
  // Workflows too: with the interceptor, a cancel kills before it reaches the activity.
  worker = await scene.worker('a', { escalation: { graceMs: 2_000, settleMs: 3_000 } }, { workflows: true });
});
afterAll(() => scene.end());

const text = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const retry = { maximumAttempts: 1 };

/** Starts an activity with these callbacks, without any process unless there is a program. */
async function start(how: Cleanup['how'][], until?: Processes): Promise<[WorkflowHandle, string[], string]> {
  const cleanups = how.map((one) => ({ file: scene.newFile('cleanup'), how: one }));
  const end = scene.newFile('end');
  const args = [cleanups, until?.program ?? end];
  const handle = await scene.suite.start('a', 'runAll', [[{ name: 'withCleanups', args, options: { retry } }]]);
  return [handle, cleanups.map(({ file }) => file), end];
}

/** Waits until the activity runs, as the server sees it. */
async function running(handle: WorkflowHandle): Promise<void> {
  await waitUntil(`the activity of ${handle.workflowId} has started`, async () => {
    const { pendingActivities } = (await handle.describe()).raw;
    return pendingActivities?.[0]?.lastStartedTime !== null && pendingActivities?.[0]?.lastStartedTime !== undefined;
  });
}

test('a cancel runs it once, beside the kill, and the attempt ends when it is done', async () => {
  const processes = scene.suite.processes('forks-children');
  const [handle, [file, other]] = await start(['waits', undefined], processes);
  await processes.started();
  await handle.cancel();
  await waitUntil('the cleanup has begun', () => text(file) === 'begun\n');
  await scene.gone([processes]);
  expect((await handle.describe()).status.name).toBe('RUNNING');
  put(`${file}.go`);
  expect(await scene.suite.closed(handle)).toBe('CANCELLED');
  expect(text(file)).toBe('begun\ndone\n');
  expect(text(other)).toBe('begun\ndone\n');
});

test('an activity that starts a program, and fails by itself, cleans up by itself', async () => {
  const file = scene.newFile('cleanup');
  const args = [[{ file }], { command: 'sh', args: ['-c', 'exit 3'] }];
  const handle = await scene.suite.start('a', 'runAll', [[{ name: 'withCleanups', args, options: { retry } }]]);
  expect(await scene.suite.closed(handle)).toBe('FAILED');
  expect(text(file)).toBe('');
});

describe('an attempt without any process', () => {
  test('is killed by a cancel', async () => {
    const [handle, [file]] = await start([undefined]);
    await running(handle);
    await handle.cancel();
    expect(await scene.suite.closed(handle)).toBe('CANCELLED');
    expect(text(file)).toBe('begun\ndone\n');
  });

  test('is killed by a terminate', async () => {
    const [handle, [file]] = await start([undefined]);
    await running(handle);
    await handle.terminate('test');
    await waitUntil('the cleanup is done', () => text(file).includes('done'));
    const [next] = await start([]);
    await running(next); // a look at all runs has been made since, or will be: it must not run again
    await next.terminate('test');
    expect(text(file)).toBe('begun\ndone\n');
  });

  test('is killed by its start-to-close timeout', async () => {
    const file = scene.newFile('cleanup');
    const step = {
      name: 'withCleanups',
      args: [[{ file }], scene.newFile('end')],
      options: { retry, startToCloseTimeout: '2s' },
    };
    const handle = await scene.suite.start('a', 'runAll', [[step]]);
    expect(await scene.suite.closed(handle)).toBe('FAILED');
    await waitUntil('the cleanup is done', () => text(file).includes('done'));
  });
});

test('an error in it is logged, and the workflow ends as cancelled all the same', async () => {
  const [handle, [throws, other]] = await start(['throws', undefined]);
  await running(handle);
  await handle.cancel();
  expect(await scene.suite.closed(handle)).toBe('CANCELLED');
  expect(text(throws)).toBe('begun\n');
  expect(text(other)).toBe('begun\ndone\n');
  expect(worker.output()).toContain('An onKill callback failed');
  expect(worker.output()).toContain('the cleanup fails');
});

test('one that never ends holds the attempt no longer than the grace period', async () => {
  const [handle, [file]] = await start(['waits']);
  await running(handle);
  await handle.cancel();
  expect(await scene.suite.closed(handle)).toBe('CANCELLED');
  expect(text(file)).toBe('begun\n');
  expect(worker.output()).toContain('An onKill callback outlasts the grace period');
});

test.each([
  ['', 'COMPLETED'],
  ['fail', 'FAILED'],
])('it is not run when the function ends by itself (%p: %s)', async (how, status) => {
  const [handle, [file], end] = await start([undefined]);
  await running(handle);
  put(end, how);
  expect(await scene.suite.closed(handle)).toBe(status);
  expect(text(file)).toBe('');
});
