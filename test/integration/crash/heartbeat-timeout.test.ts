import { CrashScene, put } from './scene';

/** What the SDK adds before it tells the attempt is 5 s. */
const BEFORE_THE_SDK_MS = 3_000;
const TIMEOUT_MS = 4_000;

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
  await Promise.all([scene.worker('a', { watch: { intervalMs: '1h' } }), scene.worker('bare', {}, { plugin: false })]);
});
afterAll(() => scene.end());

const options = { heartbeatTimeout: TIMEOUT_MS, retry: { maximumAttempts: 1 } };

test('a silent activity is killed when its heartbeat timeout is over, by the reaper’s own timer', async () => {
  const processes = scene.suite.processes('daemonises');
  const begunAt = Date.now();
  await scene.run('a', [processes], { options });
  await scene.gone([processes]);
  expect(processes.lastBeat()).toBeGreaterThan(begunAt + TIMEOUT_MS - 500);
  expect(processes.lastBeat()).toBeLessThan(processes.startedAt() + TIMEOUT_MS + BEFORE_THE_SDK_MS);
});

test('one that beats is left alone, and killed a timeout after its last beat', async () => {
  const processes = scene.suite.processes('daemonises');
  const until = scene.newFile('silent');
  const args = [processes.program, scene.newFile('ran'), until];
  await scene.run('a', [processes], { name: 'beatUntil', args, options });
  const startedAt = Date.now();
  while (Date.now() < startedAt + 2 * TIMEOUT_MS) await processes.goOn(10);
  put(until);
  const silentAt = Date.now();
  await scene.gone([processes]);
  expect(processes.lastBeat()).toBeGreaterThan(silentAt + TIMEOUT_MS - 500);
  // The last beat may have waited for the end of its throttle window.
  expect(processes.lastBeat()).toBeLessThan(silentAt + 1.8 * TIMEOUT_MS + BEFORE_THE_SDK_MS);
});

test('negative control: without the plugin they outlive it', async () => {
  const processes = scene.suite.processes('daemonises');
  await scene.run('bare', [processes], { options });
  const startedAt = Date.now();
  while (Date.now() < startedAt + TIMEOUT_MS + BEFORE_THE_SDK_MS) await processes.goOn(10);
});
