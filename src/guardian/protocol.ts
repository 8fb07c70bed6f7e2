import type { Escalation } from '../contract/escalation';
import type { ProcessRef } from '../contract/process-ref';
import type { EncloserData } from '../process/containment/enclosure';
import type { WorkerMark } from '../process/marker';

/** The guardian's only argument, passed as JSON. */
export interface GuardianData {
  mark: WorkerMark;
  /** Describes the enclosure in which the worker's attempts start processes. */
  encloserData?: EncloserData;
  escalation: Escalation;
  /** Where the guardian writes the report of its kills. */
  reportFile: string;
}

/** A message to the guardian: one line of JSON on its standard input. */
export type ToGuardian =
  | { type: 'goodbye' }
  | ({ type: 'attempt' } & GuardedAttempt)
  /** The attempt has ended. Its remaining processes can only be found by their marker. */
  | { type: 'closed'; id: string }
  /** Kill the attempt at this time of `monotonicMs`, unless the deadline is lifted before. */
  | { type: 'deadline'; id: string; at: number; escalation: Escalation }
  | { type: 'lift'; id: string };

/** An open attempt as the worker knows it; sent again with each change. */
export interface GuardedAttempt {
  id: string;
  /** Name and value of its marker variable. */
  name: string;
  value: string;
  /** No process that started earlier belongs to the attempt. */
  sinceTicks: string;
  /** Children of the worker. */
  roots: ProcessRef[];
  /** Process groups that a root leads or led. */
  groups: number[];
  /** User ids under which it has started processes. */
  users: number[];
}

/** The report that a guardian leaves for the host's next worker. */
export interface GuardianReport {
  workerPid: number;
  /** Unix time in ms at which the guardian found its worker gone. */
  at: number;
  /** Attempt 0 without a key stands for processes that only their tag identified as the worker's. */
  kills: { attempt: number; key: string; dead: number; alive: number; durationMs: number }[];
  /** Why the guardian gave up; absent if it finished. */
  error?: string;
}
