import { monotonicMs } from '../../process/clock';
import type { ConnectionLike } from '@temporalio/client';
import { describeRun } from '../../server/describe-run';
import type { KillActivityRun } from '../../contract/host-requests';
import { isOpen } from '../../contract/run-status';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import type { HoldEnd } from '../../tracking/reaper-protocol';
import { RunQuestions, questionOf } from '../watch/questions';
import { holdEndOf } from '../watch/run-verdict';

/** How long a killed attempt is held open for its cancel after the request that killed it is over, in ms. */
export const HOLD_MS = 10_000;
/** The longest that a kill activity can take: see `KILL_TIMEOUTS`. In ms. */
const MAX_REQUEST_MS = 2 * 60 * 60_000;
/** The longest wait for a run with an open workflow task, in ms: the task may fail forever. */
const MAX_UNDECIDED_MS = 10 * 60_000;
const FIRST_PAUSE_MS = 2;
const MAX_PAUSE_MS = 200;
/** Many runs cancelled at once must not flood the server with looks, nor delay their kills in its queues. */
const LOOKS_PER_SECOND = 100;
/** While the request goes on: time between two looks at the run that asked for the kill, and at the attempt. */
const REQUEST_PAUSE_MS = 500;
/** `temporal.api.enums.v1.PendingWorkflowTaskState` of a task that a worker has started. */
const TASK_STARTED = 2;

/** The questions that a hold asks Temporal. */
export interface HoldPort {
  /** How it has ended. `undecided`: its run has an open workflow task. */
  stateOf(entry: LedgerEntry): Promise<Exclude<HoldEnd, 'late'> | 'undecided' | 'waits'>;
  /** Whether the run that asked for a kill is still killing, on any host, or is about to cancel. */
  isKilling(run: KillActivityRun['workflow']): Promise<boolean>;
}

/** Asks the server. */
export function holdPort(connection: ConnectionLike): HoldPort {
  const questions = new RunQuestions(connection);
  return {
    // No description shows the cancel of a local activity: its worker learns of it before anybody else.
    stateOf: async (entry) => {
      if (entry.isLocal) return 'waits';
      const verdict = (await questions.ask(entry))(entry);
      if (verdict.over) return holdEndOf(verdict);
      return verdict.isUndecided ? 'undecided' : 'waits';
    },
    isKilling: async ({ namespace, ...run }) => {
      const description = await describeRun(connection, namespace, run);
      if (!description || !isOpen(description)) return false;
      const kills = description.pendingActivities?.some(({ activityType }) => activityType?.name === 'kill') ?? false;
      // Its cancel step is a local activity, which shows up as a workflow task in progress.
      return kills || Number(description.pendingWorkflowTask?.state) === TASK_STARTED;
    },
  };
}

/** A killed attempt that is held open, with the requests that killed it. */
export interface HeldAttempt {
  entry: LedgerEntry;
  /** Read each time: other requests may join the kill. */
  requests(): readonly KillActivityRun[];
  /** Whether the outcome is still needed. */
  isWanted(): boolean;
  holdMs: number;
}

/** The number of held attempts per question: attempts with the same question share one look. */
const looking = new Map<string, number>();

function noteLooking(question: string, more: 1 | -1): void {
  const count = (looking.get(question) ?? 0) + more;
  if (count > 0) looking.set(question, count);
  else looking.delete(question);
}

/**
 * Waits until Temporal is done with a killed attempt. The wait is bounded: it ends a fixed time after the requests that
 * killed the attempt are over, including their kills on other hosts, and its run has no open workflow task.
 *
 * @returns `late` when the wait ended first
 */
export async function holdAttempt(
  held: HeldAttempt,
  port: () => HoldPort | undefined,
  onError: (error: unknown) => void,
): Promise<HoldEnd> {
  const question = questionOf(held.entry.attempt);
  noteLooking(question, 1);
  try {
    return await untilOver(held, port, onError);
  } finally {
    noteLooking(question, -1);
  }
}

async function untilOver(
  held: HeldAttempt,
  port: () => HoldPort | undefined,
  onError: (error: unknown) => void,
): Promise<HoldEnd> {
  const requests = new Requests(held, port, onError);
  const beganAt = monotonicMs();
  /** When the requests were last in progress, and when there was last anything to wait for. */
  let [requestedAt, busyAt] = [beganAt, beganAt];
  for (let pauseMs = FIRST_PAUSE_MS; held.isWanted(); pauseMs *= 1.5) {
    let state: Awaited<ReturnType<HoldPort['stateOf']>> | undefined;
    try {
      state = await port()?.stateOf(held.entry);
    } catch (error) {
      onError(error);
    }
    if (state !== undefined && state !== 'undecided' && state !== 'waits') return state;
    const now = monotonicMs();
    const isRequested = now - beganAt < MAX_REQUEST_MS && (await requests.areUnderWay());
    if (isRequested) requestedAt = busyAt = now;
    else if (state === 'undecided' && now - requestedAt < MAX_UNDECIDED_MS) busyAt = now;
    else if (now - busyAt >= held.holdMs) return 'late';
    const shareMs = (looking.size * 1_000) / LOOKS_PER_SECOND;
    const pause = Math.max(shareMs, Math.min(pauseMs, isRequested ? REQUEST_PAUSE_MS : MAX_PAUSE_MS));
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return 'late';
}

/** The requests that killed one attempt. */
class Requests {
  private askedAt = -Infinity;
  private answer = false;

  constructor(
    private readonly held: HeldAttempt,
    private readonly port: () => HoldPort | undefined,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Asks the server from time to time; if it does not answer, its last answer counts. */
  async areUnderWay(): Promise<boolean> {
    const requests = this.held.requests();
    if (requests.some(({ isOver }) => !isOver)) return true;
    const { workflowId } = this.held.entry.attempt;
    // The attempt's own run cancels each activity as soon as the kill of that activity is over.
    const others = requests.filter(({ workflow }) => workflow.workflowId !== workflowId);
    const port = this.port();
    if (others.length === 0 || !port) return false;
    if (monotonicMs() - this.askedAt < REQUEST_PAUSE_MS) return this.answer;
    this.askedAt = monotonicMs();
    try {
      const answers = await Promise.all(others.map(({ workflow }) => port.isKilling(workflow)));
      this.answer = answers.includes(true);
    } catch (error) {
      this.onError(error);
    }
    return this.answer;
  }
}
