import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { waitUntil } from '../../helpers/wait-until';
import type { Processes } from '../cancel/suite';
import { CrashScene } from './scene';

/** `REAPER_BLOCK_MS=60000` blocks for a whole minute. */
const BLOCK_MS = Number(process.env.REAPER_BLOCK_MS ?? 20_000);
const START_TO_CLOSE_MS = 8_000;
const BEFORE_THE_SDK_MS = 4_000;

jest.setTimeout(BLOCK_MS + 120_000);

let scene: CrashScene;
let spinning: Record<'cancelled' | 'timed' | 'bare', Spinning>;

interface Spinning {
  processes: Processes;
  handle: WorkflowHandle;
  /** There when the loop is free again. */
  spunFile: string;
  begunAt: number;
}

async function spin(queue: string, options: object = {}): Promise<Spinning> {
  const processes = scene.suite.processes('daemonises');
  const spunFile = scene.newFile('spun');
  const begunAt = Date.now();
  const args = [processes.program, BLOCK_MS, spunFile];
  const handle = await scene.suite.start('workflows', 'runAll', [
    [
      {
        name: 'spin',
        args,
        taskQueue: scene.suite.unique(queue),
        options: { retry: { maximumAttempts: 1 }, ...options },
      },
    ],
  ]);
  await processes.started();
  return { processes, handle, spunFile, begunAt };
}

// Side by side: each blocks its worker for the same while.
beforeAll(async () => {
  scene = await CrashScene.open();
  await Promise.all([scene.worker('cancelled'), scene.worker('timed'), scene.worker('bare', {}, { plugin: false })]);
  const [timed, cancelled, bare] = await Promise.all([
    spin('timed', { startToCloseTimeout: START_TO_CLOSE_MS }),
    spin('cancelled'),
    spin('bare'),
  ]);
  spinning = { timed, cancelled, bare };
  await delay(500); // they spin
  await Promise.all([cancelled.handle.cancel(), bare.handle.cancel()]);
});
afterAll(() => scene.end());

test('a cancel kills while the main loop is blocked', async () => {
  const { processes, spunFile } = spinning.cancelled;
  await scene.gone([processes]);
  expect(existsSync(spunFile)).toBe(false);
});

test('so does start-to-close, at its time', async () => {
  const { processes, spunFile, begunAt } = spinning.timed;
  await scene.gone([processes]);
  expect(existsSync(spunFile)).toBe(false);
  expect(processes.lastBeat()).toBeGreaterThan(begunAt + START_TO_CLOSE_MS - 1_000);
  expect(processes.lastBeat()).toBeLessThan(processes.startedAt() + START_TO_CLOSE_MS + BEFORE_THE_SDK_MS);
});

test('negative control: without the plugin they go on', async () => {
  const { processes, spunFile } = spinning.bare;
  await processes.goOn(25);
  expect(existsSync(spunFile)).toBe(false);
});

test('when the loop is free again, the workflow ends as cancelled', async () => {
  const { handle, spunFile } = spinning.cancelled;
  await waitUntil('it has spun', () => existsSync(spunFile), { timeoutMs: BLOCK_MS + 30_000 });
  expect(await scene.suite.closed(handle)).toBe('CANCELLED');
});
