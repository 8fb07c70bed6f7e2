import type { ConnectionLike } from '@temporalio/client';
import { describeRun } from '../activities/run-description';
import type { KillActivityRun } from '../contract/host-requests';
import { isOpen } from '../contract/run-status';
import type { LedgerEntry } from '../tracking/ledger';
import { Questions } from './questions';

/** How long a killed attempt is held open for its cancel when the request that killed it is over, in ms. */
export const HOLD_MS = 10_000;
/** A kill activity takes no longer: see `KILL_TIMEOUTS`. In ms. */
const MAX_REQUEST_MS = 2 * 60 * 60_000;
const FIRST_PAUSE_MS = 2;
const MAX_PAUSE_MS = 200;
/** How often the run that asked for the kill is looked at, and the attempt as long as the request goes on. */
const REQUEST_PAUSE_MS = 500;
/** `temporal.api.enums.v1.PendingWorkflowTaskState` of one that a worker has. */
const TASK_STARTED = 2;

/** What a hold asks Temporal. */
export interface HoldPort {
  /** Whether Temporal is done with the attempt, or wants its cancel. */
  isOver(entry: LedgerEntry): Promise<boolean>;
  /** Whether the run that asked for a kill goes on killing, on whatever host, or is about to cancel. */
  isKilling(run: KillActivityRun['workflow']): Promise<boolean>;
}

/** Asks the server. */
export function holdPort(connection: ConnectionLike): HoldPort {
  const questions = new Questions(connection);
  return {
    // No description shows the cancel of a local activity: its worker knows of it before anybody else.
    isOver: async (entry) => !entry.isLocal && (await questions.ask(entry))(entry).over,
    isKilling: async ({ namespace, ...run }) => {
      const description = await describeRun(connection, namespace, run);
      if (!description || !isOpen(description)) return false;
      const kills = description.pendingActivities?.some(({ activityType }) => activityType?.name === 'kill') ?? false;
      // Its cancel step is a local activity: a workflow task that lasts.
      return kills || Number(description.pendingWorkflowTask?.state) === TASK_STARTED;
    },
  };
}

/** A killed attempt that is held open, and who asked for its kill. */
export interface Held {
  entry: LedgerEntry;
  /** Read afresh: others may join the kill. */
  requests(): readonly KillActivityRun[];
  /** Whether anybody still waits for the outcome. */
  isWanted(): boolean;
  holdMs: number;
}

/**
 * Waits until Temporal is done with a killed attempt. Not for ever: until the requests that killed it are over, those of
 * their kills included that are under way on other hosts, and for a bounded time after.
 *
 * @returns whether Temporal is done with it; false when it is not by then
 */
export async function hold(
  held: Held,
  port: () => HoldPort | undefined,
  onError: (error: unknown) => void,
): Promise<boolean> {
  const requests = new Requests(held, port, onError);
  const beganAt = Date.now();
  let busyAt = beganAt;
  for (let pauseMs = FIRST_PAUSE_MS; held.isWanted(); pauseMs *= 1.5) {
    try {
      if (await port()?.isOver(held.entry)) return true;
    } catch (error) {
      onError(error);
    }
    const now = Date.now();
    const isBusy = now - beganAt < MAX_REQUEST_MS && (await requests.areUnderWay());
    if (isBusy) busyAt = now;
    else if (now - busyAt >= held.holdMs) return false;
    const pause = Math.min(pauseMs, isBusy ? REQUEST_PAUSE_MS : MAX_PAUSE_MS);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return false;
}

/** The requests that killed one attempt. */
class Requests {
  private askedAt = 0;
  private answer = false;

  constructor(
    private readonly held: Held,
    private readonly port: () => HoldPort | undefined,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Asks the server now and then; without an answer the last one counts. */
  async areUnderWay(): Promise<boolean> {
    const requests = this.held.requests();
    if (requests.some(({ isOver }) => !isOver)) return true;
    const { workflowId } = this.held.entry.attempt;
    // The attempt's own run cancels each activity when its own kill is over.
    const others = requests.filter(({ workflow }) => workflow.workflowId !== workflowId);
    const port = this.port();
    if (others.length === 0 || !port) return false;
    if (Date.now() - this.askedAt < REQUEST_PAUSE_MS) return this.answer;
    this.askedAt = Date.now();
    try {
      const answers = await Promise.all(others.map(({ workflow }) => port.isKilling(workflow)));
      this.answer = answers.includes(true);
    } catch (error) {
      this.onError(error);
    }
    return this.answer;
  }
}
