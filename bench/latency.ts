import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRun } from './bench-run';
import { DeathWitness } from './witness';
import type { HoldInput } from './workflows';

const START_LIMIT_MS = 30_000;
/** More than any way to end work takes, and less than the benchmark can wait for often. */
const END_LIMIT_MS = 20_000;
const SLOW_LIMIT_MS = 90_000;

/** One way to end work, as it is measured. */
export interface LatencyCase {
  workflow: 'hold' | 'bare';
  workflowQueue: string;
  activityQueue: string;
  activity: HoldInput['activity'];
  heartbeatTimeout: string;
  end: 'cancel' | 'terminate';
  /** How long it works before it is ended: random in between, so that no timer is met always at the same phase. */
  workMs: [number, number];
  /** Activities at once, each with so many processes. */
  times?: number;
  processesEach?: number;
  /** Done right before the end is requested. */
  before?: () => Promise<unknown>;
  /** Done right after the last death. */
  atDeath?: () => Promise<unknown>;
}

export interface Latency {
  deadMs: number;
  closedMs: number;
}

/** What does not happen in time counts as long as was waited for it, and `onLate` is told. */
async function within(promise: Promise<number>, limitMs: number, onLate: () => Promise<void>): Promise<number> {
  const late = new AbortController();
  const timeout = sleep(limitMs, undefined, { signal: late.signal }).catch(() => undefined); // aborted by us
  const at = await Promise.race([promise, timeout]);
  late.abort();
  if (at !== undefined) return at;
  await onLate();
  return performance.now();
}

/** From the request to the death of the last process, as the kernel shows it, and to the close, as the server does. */
export async function measureLatency(run: BenchRun, one: LatencyCase): Promise<Latency> {
  const { client, folder } = run;
  const { times = 1, processesEach = 1 } = one;
  const witness = new DeathWitness(folder, times);
  const input = { fifo: witness.path, taskQueue: one.activityQueue, heartbeatTimeout: one.heartbeatTimeout };
  const handle = await client.workflow.start(one.workflow, {
    taskQueue: one.workflowQueue,
    workflowId: `bench-${randomUUID()}`,
    args: [{ ...input, activity: one.activity, times }],
  });
  const begun = within(
    witness.up.then(() => 0),
    START_LIMIT_MS,
    async () => {
      throw new Error(`${times * processesEach} processes of ${one.activity} do not start`);
    },
  );
  await begun;
  const closed = handle.result().then(
    () => performance.now(),
    () => performance.now(), // cancelled or terminated, as asked
  );
  const [atLeast, atMost] = one.workMs;
  await sleep(atLeast + Math.random() * (atMost - atLeast));
  await one.before?.();
  const requested = performance.now();
  await (one.end === 'cancel' ? handle.cancel() : handle.terminate());
  const limitMs = one.heartbeatTimeout === '60s' && one.activity === 'cooperative' ? SLOW_LIMIT_MS : END_LIMIT_MS;
  const deadAt = await within(witness.dead, limitMs, () =>
    run.noteFailure(`${one.end} of ${one.activity}: alive after ${limitMs} ms`, handle),
  );
  await one.atDeath?.();
  const closedAt = await within(closed, limitMs, () =>
    run.noteFailure(`${one.end} of ${one.activity}: open after ${limitMs} ms`, handle),
  );
  return { deadMs: deadAt - requested, closedMs: closedAt - requested };
}
