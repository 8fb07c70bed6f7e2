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
import type { LedgerEntry } from '../tracking/ledger';
import { type OpenGates, openAsTheyEnd } from './open-gates';
import { asFailure, checkedCollect, checkedKill, checkedKillEarlier, checkedPrepare } from './check-request';

/** Why, how, and what follows; `run`: undefined when no activity asks for it. */
export type KillOptions = Pick<KillRequest, 'then' | 'reason' | 'escalation'> & { run?: KillActivityRun };

/** What the host's activities need of the reaper. */
export interface HostPort extends WorkerLocation {
  namespace: string;
  /** The attempts this worker process holds. */
  entries(): LedgerEntry[];
  find(ref: AttemptRef): LedgerEntry | undefined;
  killEntry(entry: LedgerEntry, request: KillOptions): Promise<AttemptKill['report']>;
  /**
   * Kills what the marker names, when this process does not hold the attempt: what is left of an earlier one, or of
   * another worker's. An attempt that is just beginning here is killed as soon as it is known.
   */
  killAbsent(ref: AttemptRef, request: KillOptions): Promise<AttemptKill['report']>;
  /** Kills what attempts of the same activity before this one have on this host. */
  killEarlier(request: KillEarlierRequest): Promise<AttemptKill[]>;
  reportsOf(ref: AttemptRef): AttemptKill[];
}

/** A kill that has run this long tells its caller so, and goes on telling: a host that died is then noticed. */
const HEARTBEAT_MS = 1_000;

async function beatingWhile<T>(work: () => Promise<T>): Promise<T> {
  const context = Context.current();
  context.heartbeat(); // tells one that kills from one that only took the request
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
 * Kills the processes of attempts of this host. A request names attempts, never pids: nobody with access to the
 * namespace gets a means to kill anything else.
 *
 * @throws ApplicationFailure `ATTEMPT_REF_INVALID`, `OPTION_INVALID`, `VERSION_UNSUPPORTED`, not retryable, before
 * anything is killed
 */
export async function kill(port: HostPort, openGates: OpenGates, request: KillRequest): Promise<KillResult> {
  const checked = await asFailure(() => checkedKill(request, port.namespace));
  return beatingWhile(async () => {
    const refs = checked.attempts === 'all' ? port.entries().map(({ attempt }) => attempt) : checked.attempts;
    const { then, reason, escalation } = checked;
    const run: KillActivityRun = { isOver: false, workflow: ownWorkflow() };
    try {
      const begun = refs.map((attempt) => {
        return { attempt, over: killOne(port, attempt, { then, reason, escalation, run }) };
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
 * The fence of an attempt that begins elsewhere: kills all attempts of its activity before it on this host.
 *
 * @throws ApplicationFailure `ATTEMPT_REF_INVALID`, not retryable, before anything is killed
 */
export async function killEarlier(port: HostPort, request: KillEarlierRequest): Promise<KillResult> {
  const { maxBytes, ...earlier } = await asFailure(() => checkedKillEarlier(request, port.namespace));
  const { hostId, workerPid } = port;
  return beatingWhile(async () => fitKills({ hostId, workerPid, kills: await port.killEarlier(earlier) }, maxBytes));
}

/** Sets the escalation that the coming kill of these attempts uses, whoever asks for it. */
export async function prepare(port: HostPort, request: PrepareRequest): Promise<void> {
  const { attempts, escalation } = await asFailure(() => checkedPrepare(request, port.namespace));
  for (const ref of attempts) {
    const entry = port.find(ref);
    if (entry) entry.escalation = escalation;
  }
}

/** Reads back the reports of kills that others asked for; waits for those under way. */
export async function collect(port: HostPort, request: CollectRequest): Promise<KillResult> {
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
