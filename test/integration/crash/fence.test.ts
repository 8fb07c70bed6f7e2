import { readFileSync } from 'node:fs';
import type { WorkflowHandle } from '@temporalio/client';
import { isRunning, startTicks } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';
import type { Processes } from '../cancel/suite';
import { CrashScene } from './scene';

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
});
afterAll(() => scene.end());

/** Resets the one activity of a run when its next attempt waits: that one begins at once, as attempt 1. */
async function reset(handle: WorkflowHandle): Promise<void> {
  const { connection, client } = scene.suite;
  let id: string | null | undefined;
  await waitUntil('attempt 2 waits', async () => {
    const pending = (await handle.describe()).raw.pendingActivities?.[0];
    id = pending?.activityId;
    return pending?.attempt === 2;
  });
  const execution = { workflowId: handle.workflowId };
  await connection.workflowService.resetActivity({ namespace: client.options.namespace, execution, id });
}

const roles = ['main', 'daemon'];

/**
 * Attempt 1 starts a daemon and loses its worker; the next one comes to another worker of the host, which was there before
 * and so has nothing to sweep. Returns what that one saw in its first line. After a reset its number is 1 again.
 */
async function secondAttempt(queue: string, fence: 'host' | 'off', isReset = false): Promise<string> {
  const processes: Processes = scene.suite.processes('daemonises', { heartbeatMs: 100 });
  const witness = scene.newFile('witness');
  const first = await scene.worker(queue, { guardian: false, fence });
  const options = {
    heartbeatTimeout: '3s',
    retry: { initialInterval: isReset ? '1h' : 1, maximumAttempts: 2 },
  } as const;
  const step = { name: 'lookThenRun', args: [processes.dir, witness, processes.program], options };
  const handle = await scene.suite.start('workflows', 'runAll', [[{ ...step, taskQueue: scene.suite.unique(queue) }]]);
  await processes.started();
  const old = roles.map((role) => processes.pidOf(role)).map((pid) => [pid, startTicks(pid)] as const);

  await scene.worker(queue, { guardian: false, fence });
  await processes.goOn(); // the sweep has spared it: its worker lives
  await first.kill();
  if (isReset) await reset(handle);
  const lines = (): string[] => readFileSync(witness, 'utf8').split('\n');
  await waitUntil('the next attempt has looked', () => lines().length > 2, { timeoutMs: 30_000 });
  const [begin, second] = lines();
  expect(begin).toBe('1');
  for (const [pid, ticks] of old) expect(isRunning(pid, ticks)).toBe(fence === 'off');
  await handle.terminate('the test is over');
  return second;
}

test("before the first line of attempt 2, attempt 1's processes on the host are dead", async () => {
  expect(await secondAttempt('fenced', 'host')).toBe('2');
});

test('negative control: without a fence they are alive when attempt 2 begins', async () => {
  expect(await secondAttempt('unfenced', 'off')).toBe('2 daemon main');
});

test('so are those of an attempt 1 that is followed by attempt 1, after a reset; negative control: not without a fence', async () => {
  const both = [secondAttempt('reset', 'host', true), secondAttempt('unfenced-reset', 'off', true)];
  expect(await Promise.all(both)).toEqual(['1', '1 daemon main']);
});
