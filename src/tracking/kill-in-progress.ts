import type { Escalation } from '../contract/escalation';
import type { AfterKill, KillActivityRun } from '../contract/host-requests';
import type { KillReport } from '../contract/kill-report';

/** A kill that is in progress or done. */
export interface KillInProgress {
  then: AfterKill;
  reason: string;
  report: Promise<KillReport>;
  /** How the kill is done; a later request that joins it may shorten it. */
  escalation: Escalation;
  /** How long the attempt may clean up afterwards, in ms. */
  cleanupMs: number;
  /** The kill activities that asked for it. */
  runs: KillActivityRun[];
}

/** The time after a kill in which the attempt may start processes again. */
export interface CleanupTime {
  /** See `monotonicMs`. */
  endsAt: number;
  /** Whether the attempt has started any. */
  hasBegun: boolean;
  /** Ends the cleanup when its time is up. */
  timer: NodeJS.Timeout;
  /** The kill of what the cleanup has left; undefined while the cleanup goes on. */
  end?: Promise<KillReport>;
  /** Resolves when the cleanup is over, or the attempt is closed. */
  over: Promise<void>;
  resolveOver(): void;
}
