import type { NativeConnectionOptions } from '@temporalio/worker';
import type { Escalation } from '../contract/escalation';
import type { ContainmentLevel } from '../contract/kill-report';
import type { ProcessRef } from '../contract/process-ref';
import type { WorkerLocation } from '../contract/task-queues';
import type { WorkerMark } from '../process/marker';

/** The options that the reapers of a process share; plain data, so that they can be sent to the reaper thread. */
export interface ProcessConfig extends WorkerLocation {
  /** The marker that the processes of this worker carry. */
  mark: WorkerMark;
  containment: 'auto' | ContainmentLevel;
  /** Whether a guardian outlives this worker. */
  guardian: boolean;
  /** How the guardian kills. */
  guardianEscalation: Escalation;
  /** The guardian left by a crashed reaper thread of this process; its pipe is broken. */
  formerGuardian?: ProcessRef;
  /** Version of this package. */
  version: string;
}

/** The options of one reaper, which looks after one namespace on a connection of its own. */
export interface ReaperConfig extends ProcessConfig {
  namespace: string;
  /** Whether this process hosts the cancellation workflows. */
  control: boolean;
  /** Time between two looks at a run that no poll watches, in ms; false: never look. */
  watchIntervalMs: number | false;
  /** Whether attempts without processes are watched too. Default false. */
  watchesEveryActivity?: boolean;
  /** How long a killed attempt is held open for its cancel, in ms. Default `HOLD_MS`. */
  holdMs?: number;
  /** Whether somebody reads what the processes use. Default false: then nobody looks. */
  measuresUsage?: boolean;
  /** How the sweep at start kills. */
  escalation: Escalation;
}

/** The part of a connection's options that reaches the reaper's own connection. */
export type ReaperConnectionOptions = Omit<NativeConnectionOptions, 'plugins'>;
