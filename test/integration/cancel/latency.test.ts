import type { WorkflowHandle } from '@temporalio/client';
import { Scene, endOf } from '../../fixtures/plugin/scene';
import { testServerAddress } from '../../helpers/dev-server';
import { processesWithArgument } from '../../helpers/kernel-oracle';
import { LatencyProxy } from '../../helpers/latency-proxy';
import { waitUntil } from '../../helpers/wait-until';

jest.setTimeout(300_000);

/** By hand also with `REAPER_LATENCY_RUNS=200`. */
const RUNS = Number(process.env.REAPER_LATENCY_RUNS ?? 40);
const LATENCY_MS = 80;

let scene: Scene;
let proxy: LatencyProxy;

beforeAll(async () => {
  scene = await Scene.open('latency');
  proxy = await LatencyProxy.start(testServerAddress(), LATENCY_MS);
});
afterAll(async () => {
  await scene?.end();
  proxy?.stop();
});

/** How often a run's kill was lost, and how often it was answered. */
async function killsOf(handle: WorkflowHandle): Promise<{ lost: number; answered: number }> {
  const { events = [] } = await handle.fetchHistory();
  const kills = (events ?? []).filter(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'kill',
  );
  const isOfKill = (id: unknown): boolean => kills.some(({ eventId }) => String(eventId) === String(id));
  const count = (of: (event: (typeof kills)[number]) => unknown): number =>
    (events ?? []).filter((event) => isOfKill(of(event))).length;
  return {
    lost: count((event) => event.activityTaskTimedOutEventAttributes?.scheduledEventId),
    answered: count((event) => event.activityTaskCompletedEventAttributes?.scheduledEventId),
  };
}

test(`${RUNS} runs cancelled at once, the server ${LATENCY_MS} ms away: no kill is lost in a queue`, async () => {
  const worker = await scene.worker({
    address: proxy.address,
    plugin: { hostId: scene.hostId, control: false },
    worker: { maxConcurrentWorkflowTaskExecutions: 100, maxConcurrentActivityTaskExecutions: RUNS + 1 },
  });
  const mark = scene.newId('sleeper');
  const step = { name: 'run', args: ['sh', ['-c', `sleep 1000 # ${mark}`]] };
  const bystander = await scene.start(worker.taskQueue, 'runAll', [step]);
  const handles = await Promise.all(
    Array.from({ length: RUNS }, () => scene.start(worker.taskQueue, 'runAll', [step])),
  );
  const alive = (): number => processesWithArgument(mark).length;
  await waitUntil('every run has its process', () => alive() === RUNS + 1, { timeoutMs: 120_000, everyMs: 100 });

  await Promise.all(handles.map((handle) => handle.cancel()));
  expect(new Set(await Promise.all(handles.map(endOf)))).toEqual(new Set(['CANCELLED']));
  const kills = await Promise.all(handles.map(killsOf));
  expect(kills).toEqual(handles.map(() => ({ lost: 0, answered: 1 })));
  // only the bystander's
  await waitUntil('the cancelled runs have no process left', () => alive() === 1, { everyMs: 50 });
  expect((await bystander.describe()).status.name).toBe('RUNNING');
  await bystander.terminate();
  await waitUntil('the bystander is dead', () => alive() === 0, { everyMs: 50 });
});
