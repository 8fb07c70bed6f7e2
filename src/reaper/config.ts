import type { NativeConnectionOptions } from '@temporalio/worker';
import type { ContainmentLevel } from '../contract/kill-report';
import type { WorkerMark } from '../tracking/attempt-scope';

/** What a reaper needs to know; plain data, so that it can travel to its thread. */
export interface ReaperConfig extends WorkerMark {
  namespace: string;
  containment: 'auto' | ContainmentLevel;
  /** Whether this process hosts the cancellation workflows. */
  control: boolean;
  /** Time between two looks at a run, in ms; false: never look. */
  watchIntervalMs: number | false;
  /** Version of this package. */
  version: string;
}

/** The part of a connection's options that reaches the reaper's own connection. */
export type ReaperConnectionOptions = Omit<NativeConnectionOptions, 'plugins'>;
