import type { NativeConnectionOptions } from '@temporalio/worker';
import type { Escalation } from '../contract/escalation';
import type { ContainmentLevel } from '../contract/kill-report';
import type { ProcessRef } from '../contract/process-ref';
import type { WorkerLocation } from '../contract/task-queues';
import type { WorkerMark } from '../process/marker';

/** What the reapers of a process share; plain data, so that it can travel to their thread. */
export interface ProcessConfig extends WorkerLocation {
  /** What the processes of this worker carry. */
  mark: WorkerMark;
  containment: 'auto' | ContainmentLevel;
  /** The children that the main thread's Node waits for, in shared memory; see `OwnChildren`. */
  ownChildren?: SharedArrayBuffer;
  /** Whether a guardian outlives this worker. */
  guardian: boolean;
  /** How the guardian kills. */
  guardianEscalation: Escalation;
  /** The guardian of a thread of this process that crashed; its pipe is broken. */
  formerGuardian?: ProcessRef;
  /** Version of this package. */
  version: string;
}

/** What one of them needs to know: it looks after a namespace, on a connection of its own. */
export interface ReaperConfig extends ProcessConfig {
  namespace: string;
  /** Whether this process hosts the cancellation workflows. */
  control: boolean;
  /** Time between two looks at a run that no poll watches, in ms; false: never look. */
  watchIntervalMs: number | false;
  /** Whether attempts that have no process are watched too. Default false. */
  watchesEveryActivity?: boolean;
  /** How long a killed attempt is held open for its cancel, in ms. Default `HOLD_MS`. */
  holdMs?: number;
  /** How the sweep at start kills. */
  escalation: Escalation;
}

/** The part of a connection's options that reaches the reaper's own connection. */
export type ReaperConnectionOptions = Omit<NativeConnectionOptions, 'plugins'>;
