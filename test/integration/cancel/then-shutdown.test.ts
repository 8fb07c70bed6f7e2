import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Step } from '../../fixtures/workflows';
import type { WorkerProcess } from '../../helpers/worker-process';
import { waitUntil } from '../../helpers/wait-until';
import { CancelSuite } from './suite';

// The only Worker shuts down right after a cancel, with a long grace: the activity hears of the cancel, not of the shutdown.
let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
});
afterAll(() => suite.end());

let queues = 0;

/** The word with which the activity has heard of its end. */
async function heard(end: (cancel: () => Promise<void>, worker: WorkerProcess) => Promise<void>): Promise<string> {
  const queue = `q${queues++}`;
  const worker = await suite.worker(queue, { worker: { shutdownGraceTime: '5s' } });
  const dir = suite.run.newDir();
  const args = [join(dir, 'begun'), join(dir, 'heard')];
  const options: Step['options'] = {
    heartbeatTimeout: '60s',
    startToCloseTimeout: '1h',
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  };
  const handle = await suite.start(queue, 'runAll', [[{ name: 'listen', args, options }]]);
  await waitUntil('the activity has begun', () => existsSync(args[0]));
  await end(async () => {
    await handle.cancel();
  }, worker);
  await waitUntil('it has heard of its end', () => existsSync(args[1]), { timeoutMs: 30_000 });
  await worker.stop();
  return (JSON.parse(readFileSync(args[1], 'utf8')) as { word: string }).word;
}

test.each([30, 100, 300])('%d ms after the cancel', async (afterMs) => {
  const word = await heard(async (cancel, worker) => {
    await cancel();
    await delay(afterMs);
    worker.child.kill('SIGTERM');
  });
  expect(word).toBe('CANCELLED');
});

test('negative control: without a cancel it hears of the shutdown', async () => {
  const word = await heard(async (_cancel, worker) => {
    worker.child.kill('SIGTERM');
    return Promise.resolve();
  });
  expect(word).toBe('WORKER_SHUTDOWN');
});
