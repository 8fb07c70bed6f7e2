import type { NativeConnectionOptions } from '@temporalio/worker';
import type { Escalation } from '../contract/escalation';
import type { ContainmentLevel } from '../contract/kill-report';
import type { ProcessRef } from '../contract/process-ref';
import type { WorkerLocation } from '../contract/task-queues';
import type { WorkerMark } from '../process/marker';

/** What a reaper needs to know; plain data, so that it can travel to its thread. */
export interface ReaperConfig extends WorkerLocation {
  /** What the processes of this worker carry. */
  mark: WorkerMark;
  namespace: string;
  containment: 'auto' | ContainmentLevel;
  /** The children that the main thread's Node waits for, in shared memory; see `OwnChildren`. */
  ownChildren?: SharedArrayBuffer;
  /** Whether this process hosts the cancellation workflows. */
  control: boolean;
  /** Time between two looks at a run that no poll watches, in ms; false: never look. */
  watchIntervalMs: number | false;
  /** Whether attempts that have no process are watched too. Default false. */
  watchesEveryActivity?: boolean;
  /** Whether a guardian outlives this worker. */
  guardian: boolean;
  /** The guardian of a reaper of this process that crashed; its pipe is broken. */
  formerGuardian?: ProcessRef;
  /** How long a killed attempt is held open for its cancel, in ms. Default `HOLD_MS`. */
  holdMs?: number;
  /** How the guardian, and the sweep at start, kill. */
  escalation: Escalation;
  /** Version of this package. */
  version: string;
}

/** The part of a connection's options that reaches the reaper's own connection. */
export type ReaperConnectionOptions = Omit<NativeConnectionOptions, 'plugins'>;
