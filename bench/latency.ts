import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRun } from './bench-run';
import { DeathWitness } from './witness';
import type { HoldInput } from './workflows';

const START_LIMIT_MS = 30_000;
/** Longer than any way of ending work takes, but short enough to wait for several times. */
const END_LIMIT_MS = 20_000;
const SLOW_LIMIT_MS = 90_000;

/** One way of ending work. */
export interface LatencyCase {
  workflow: 'hold' | 'bare';
  workflowQueue: string;
  activityQueue: string;
  activity: HoldInput['activity'];
  heartbeatTimeout: string;
  end: 'cancel' | 'terminate';
  /** How long it works before it is ended: random in this range, so that no timer is always hit at the same phase. */
  workMs: [number, number];
  /** Number of concurrent activities, each with `processesEach` processes. */
  times?: number;
  processesEach?: number;
  /** Called right before the end is requested. */
  before?: () => Promise<unknown>;
  /** Called right after the last death. */
  atDeath?: () => Promise<unknown>;
}

export interface Latency {
  deadMs: number;
  closedMs: number;
}

/** If the promise does not settle in time, calls `onLate` and returns the time that was waited. */
async function within(promise: Promise<number>, limitMs: number, onLate: () => Promise<void>): Promise<number> {
  const late = new AbortController();
  const timeout = sleep(limitMs, undefined, { signal: late.signal }).catch(() => undefined); // aborted by us
  const at = await Promise.race([promise, timeout]);
  late.abort();
  if (at !== undefined) return at;
  await onLate();
  return performance.now();
}

/** Time from the request to the last death, as reported by the kernel, and to the close, as reported by the server. */
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
