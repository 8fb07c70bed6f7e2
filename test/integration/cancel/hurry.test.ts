import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { Step } from '../../fixtures/workflows';
import { waitUntil } from '../../helpers/wait-until';
import { CancelSuite, type Processes } from './suite';

jest.setTimeout(120_000);

// Processes that ignore SIGTERM, with the default grace of 25 s, which an attempt's own timeouts end before.
const LIMIT_MS = 7_000;
const BLOCK_MS = 12_000;

let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
  await Promise.all([
    suite.worker('a', suite.bundle('with')),
    suite.worker('bare', { ...suite.bundle('without'), plugin: { workflowInterceptor: false } }),
    suite.worker('blocked', { workflows: false }),
  ]);
});
afterAll(() => suite.end());

/** Cancels an activity as soon as its process is there; it gets its SIGTERM. */
async function cancel(
  queue: string,
  options: Step['options'],
  taskQueue = queue,
  heartbeatMs?: number,
): Promise<{ begunAt: number; processes: Processes; handle: WorkflowHandle }> {
  const processes = suite.processes('ignores-sigterm', { heartbeatMs });
  const begunAt = Date.now();
  const step = processes.step({ options, taskQueue: suite.unique(taskQueue) });
  const handle = await suite.start(queue, 'runAll', [[step]]);
  await processes.started();
  await handle.cancel();
  await waitUntil('it has its SIGTERM', () => existsSync(join(processes.dir, 'main.signals')));
  return { begunAt, processes, handle };
}

const timeouts: Record<string, Step['options']> = {
  'start-to-close': { startToCloseTimeout: LIMIT_MS },
  'schedule-to-close': { startToCloseTimeout: undefined, scheduleToCloseTimeout: LIMIT_MS },
};

test('an attempt that would time out within its grace is killed before, with and without the interceptor', async () => {
  const spared = cancel('a', { startToCloseTimeout: '10m' });
  const cases = ['a', 'bare'].flatMap((queue) => Object.values(timeouts).map((options) => ({ queue, options })));
  await Promise.all(
    cases.map(async ({ queue, options }) => {
      const { begunAt, processes, handle } = await cancel(queue, options);
      await processes.died();
      expect(processes.lastBeat()).toBeLessThan(begunAt + LIMIT_MS);
      expect(processes.lastBeat()).toBeGreaterThan(begunAt + LIMIT_MS / 2);
      expect(await suite.closed(handle)).toBe('CANCELLED');
      expect(processes.attempts()).toEqual([1]);
    }),
  );
  // The negative control: this one has all of its grace.
  await (await spared).processes.goOn(25);
});

test('a main loop that is blocked after the cancel beats no more: the kill hurries, and the run ends as cancelled', async () => {
  const [spinner, spun] = [suite.processes(), join(suite.run.newDir(), 'spun')];
  const { processes, handle } = await cancel('a', { heartbeatTimeout: '6s' }, 'blocked', 500);
  await processes.goOn(25);
  const spin: Step = { name: 'spin', args: [spinner.program, BLOCK_MS, spun], taskQueue: suite.unique('blocked') };
  await suite.start('a', 'runAll', [[spin]]);
  await processes.died();
  expect(await suite.closed(handle)).toBe('CANCELLED');
  expect(existsSync(spun)).toBe(false); // it is still blocked
  expect(processes.attempts()).toEqual([1]);
});
