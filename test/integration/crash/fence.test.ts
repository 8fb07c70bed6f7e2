import { readFileSync } from 'node:fs';
import { isRunning, startTicks } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';
import type { Processes } from '../cancel/suite';
import { CrashScene } from './scene';

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
});
afterAll(() => scene.end());

const roles = ['main', 'daemon'];

/**
 * Attempt 1 starts a daemon and loses its worker; attempt 2 comes to another worker of the host, which was there before
 * and so has nothing to sweep. Returns what attempt 2 saw in its first line.
 */
async function secondAttempt(queue: string, fence: 'host' | 'off'): Promise<string> {
  const processes: Processes = scene.suite.processes('daemonises', { heartbeatMs: 100 });
  const witness = scene.newFile('witness');
  const first = await scene.worker(queue, { guardian: false, fence });
  const options = { heartbeatTimeout: '3s', retry: { initialInterval: 1, maximumAttempts: 2 } };
  const step = { name: 'lookThenRun', args: [processes.dir, witness, processes.program], options };
  const handle = await scene.suite.start('workflows', 'runAll', [[{ ...step, taskQueue: scene.suite.unique(queue) }]]);
  await processes.started();
  const old = roles.map((role) => processes.pidOf(role)).map((pid) => [pid, startTicks(pid)] as const);

  await scene.worker(queue, { guardian: false, fence });
  await processes.goOn(); // the sweep has spared it: its worker lives
  await first.kill();
  await waitUntil('attempt 2 has begun', () => readFileSync(witness, 'utf8').includes('\n2'), { timeoutMs: 30_000 });
  await waitUntil('attempt 2 has looked', () => readFileSync(witness, 'utf8').endsWith('\n'));
  const [begin, second] = readFileSync(witness, 'utf8').trim().split('\n');
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
