import { Context } from '@temporalio/activity';
import { fitKills } from '../contract/answer-size';
import type { AttemptRef } from '../contract/attempt-ref';
import type {
  AttemptKill,
  CollectRequest,
  KillActivityRun,
  KillEarlierRequest,
  KillRequest,
  KillResult,
  PrepareRequest,
} from '../contract/host-requests';
import type { WorkerLocation } from '../contract/task-queues';
import type { LedgerEntry } from '../tracking/ledger-entry';
import { type OpenGates, openAsTheyEnd } from './open-gates';
import { asFailure } from '../contract/as-failure';
import { checkedCollect, checkedKill, checkedKillEarlier, checkedPrepare } from './check-request';

/** Why and how to kill, and what follows; `run` is undefined when no activity requests the kill. */
export type KillOptions = Pick<KillRequest, 'then' | 'reason' | 'escalation' | 'graceUsedMs'> & {
  run?: KillActivityRun;
  /** Temporal has ended the attempt, so its timeouts do not shorten the grace. Implied by `expire`. */
  isOver?: boolean;
};

/** What the host activities need from the reaper. */
export interface HostPort extends WorkerLocation {
  namespace: string;
  /** The attempts this worker process holds. */
  entries(): LedgerEntry[];
  find(ref: AttemptRef): LedgerEntry | undefined;
  killEntry(entry: LedgerEntry, request: KillOptions): Promise<AttemptKill['report']>;
  /**
   * Kills by marker when this process does not hold the attempt: the rest of an earlier attempt, or of another worker's.
   * An attempt that is just beginning here is killed as soon as it is known.
   */
  killAbsent(ref: AttemptRef, request: KillOptions): Promise<AttemptKill['report']>;
  /** Kills the processes that earlier attempts of the same activity have on this host. */
  killEarlier(request: KillEarlierRequest): Promise<AttemptKill[]>;
  reportsOf(ref: AttemptRef): AttemptKill[];
}

/** Heartbeat interval of a kill, so that its caller notices when the host dies. */
const HEARTBEAT_MS = 1_000;

async function beatingWhile<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  context.heartbeat(); // shows that the kill has started, and not merely that the request was taken
  const timer = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

function ownWorkflow(): KillActivityRun['workflow'] {
  const { namespace, workflowExecution } = Context.current().info;
  return { namespace, workflowId: workflowExecution?.workflowId ?? '', runId: workflowExecution?.runId ?? '' };
}

async function killOne(port: HostPort, ref: AttemptRef, request: KillOptions): Promise<AttemptKill> {
  const entry = port.find(ref);
  if (entry) {
    return { attempt: ref, activityType: entry.activityType, report: await port.killEntry(entry, request) };
  }
  const report = await port.killAbsent(ref, request);
  return (report.processes.length === 0 ? port.reportsOf(ref).at(-1) : undefined) ?? { attempt: ref, report };
}

/**
 * Kills the processes of attempts on this host. A request names attempts, never pids, so access to the namespace gives
 * nobody the power to kill anything else.
 *
 * @throws ApplicationFailure `ATTEMPT_REF_INVALID`, `OPTION_INVALID`, `VERSION_UNSUPPORTED`, not retryable, before
 * anything is killed
 */
export async function killAttempts(port: HostPort, openGates: OpenGates, request: KillRequest): Promise<KillResult> {
  const checked = await asFailure(() => checkedKill(request, port.namespace));
  return beatingWhile(async () => {
    const refs = checked.attempts === 'all' ? port.entries().map(({ attempt }) => attempt) : checked.attempts;
    const { then, reason, escalation, graceUsedMs } = checked;
    const run: KillActivityRun = { isOver: false, workflow: ownWorkflow() };
    try {
      const begun = refs.map((attempt) => {
        return { attempt, over: killOne(port, attempt, { then, reason, escalation, graceUsedMs, run }) };
      });
      if (checked.gated) await openAsTheyEnd(begun, openGates);
      const kills = await Promise.all(begun.map(({ over }) => over));
      return fitKills({ hostId: port.hostId, workerPid: port.workerPid, kills }, checked.maxBytes);
    } finally {
      run.isOver = true;
    }
  });
}

/**
 * The fence for an attempt that begins on another host: kills all earlier attempts of its activity on this host.
 *
 * @throws ApplicationFailure `ATTEMPT_REF_INVALID`, not retryable, before anything is killed
 */
export async function killEarlier(port: HostPort, request: KillEarlierRequest): Promise<KillResult> {
  const { maxBytes, ...earlier } = await asFailure(() => checkedKillEarlier(request, port.namespace));
  const { hostId, workerPid } = port;
  return beatingWhile(async () => fitKills({ hostId, workerPid, kills: await port.killEarlier(earlier) }, maxBytes));
}

/** Sets the escalation for the next kill of these attempts, whoever requests that kill. */
export async function setEscalation(port: HostPort, request: PrepareRequest): Promise<void> {
  const { attempts, escalation } = await asFailure(() => checkedPrepare(request, port.namespace));
  for (const ref of attempts) {
    port.find(ref)?.prepare(escalation);
  }
}

/** Reads the reports of kills that others requested; waits for kills in progress. */
export async function collectReports(port: HostPort, request: CollectRequest): Promise<KillResult> {
  const { attempts, maxBytes } = await asFailure(() => checkedCollect(request, port.namespace));
  return beatingWhile(async () => {
    const kills = await Promise.all(
      attempts.map(async (ref): Promise<AttemptKill | undefined> => {
        const entry = port.find(ref);
        if (entry?.kill) return { attempt: ref, activityType: entry.activityType, report: await entry.kill.report };
        return port.reportsOf(ref).at(-1);
      }),
    );
    const known = kills.filter((one) => one !== undefined);
    return fitKills({ hostId: port.hostId, workerPid: port.workerPid, kills: known }, maxBytes);
  });
}
