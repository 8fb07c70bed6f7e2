import type { WorkflowHandle } from '@temporalio/client';
import type { WorkerFixture } from '../../fixtures/worker';
import type { WorkerProcess } from '../../helpers/worker-process';
import { CancelSuite, Events, type Processes } from './suite';

jest.setTimeout(120_000);

// Runs that move between workers, with the workflow interceptor and with it on its way out.
type Mode = 'with' | 'replay-only';

let suite: CancelSuite;
let bundles: Record<Mode, Partial<WorkerFixture>>;
let worker: WorkerProcess | undefined;
beforeAll(async () => {
  suite = await CancelSuite.open();
  bundles = { with: suite.bundle('with'), 'replay-only': suite.bundle('replay-only') };
  await suite.worker('activities', { workflows: false });
});
afterAll(() => suite.end());

/** The one worker for workflows, a new process, which has to replay every run that it takes over. */
async function nowServedBy(mode: Mode): Promise<void> {
  await worker?.stop();
  const workflowInterceptor = mode === 'with' ? true : mode;
  worker = await suite.worker('workflows', { ...bundles[mode], plugin: { workflowInterceptor } });
}

async function start(count: number): Promise<{ handle: WorkflowHandle; all: Processes[] }> {
  const all = Array.from({ length: count }, () => suite.processes());
  const steps = all.map((processes) => processes.step({ taskQueue: suite.unique('activities') }));
  const handle = await suite.start('workflows', 'cancelOneByOne', [steps]);
  await Promise.all(all.map((processes) => processes.started()));
  return { handle, all };
}

/** Cancels the activity of that index, and returns how many kills the run had made by then, all in all. */
async function cancelNext({ handle, all }: Awaited<ReturnType<typeof start>>, index: number): Promise<number> {
  await handle.signal('cancelScope');
  await all[index].died();
  const events = await Events.withCancelRequests(handle, index + 1);
  const request = events.cancelRequests('runProgram')[index];
  return events.completedBefore(request).filter((type) => type === 'kill').length;
}

test('a run goes on, whichever kind of worker takes it over, and stays as it has begun', async () => {
  await nowServedBy('with');
  const begun = await start(3);
  expect(await cancelNext(begun, 0)).toBe(1);

  await nowServedBy('replay-only');
  const late = await start(2);
  expect(await cancelNext(begun, 1)).toBe(2);
  expect(await cancelNext(late, 0)).toBe(0);

  await nowServedBy('with');
  await late.all[1].goOn();
  expect(await cancelNext(begun, 2)).toBe(3);
  expect(await cancelNext(late, 1)).toBe(1);
  expect(await begun.handle.result()).toEqual(['cancelled', 'cancelled', 'cancelled']);
  expect(await late.handle.result()).toEqual(['cancelled', 'cancelled']);
});
