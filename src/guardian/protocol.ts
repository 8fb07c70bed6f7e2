import type { Escalation } from '../contract/escalation';
import type { EncloserData } from '../process/containment/enclosure';
import type { WorkerMark } from '../process/marker';

/** What a guardian is started with: its only argument, as JSON. */
export interface GuardianData {
  mark: WorkerMark;
  /** Where the worker's attempts started their processes. */
  encloserData?: EncloserData;
  escalation: Escalation;
  /** Where it leaves the report of what it killed. */
  reportFile: string;
}

/** One line of JSON on its standard input. */
export type ToGuardian =
  | { type: 'goodbye' }
  /** Kill what carries this marker at this Unix time in ms, unless it is lifted before. */
  | { type: 'deadline'; id: string; name: string; value: string; at: number; escalation: Escalation }
  | { type: 'lift'; id: string };

/** What it leaves behind for the next worker of the host. */
export interface GuardianReport {
  workerPid: number;
  /** Unix time in ms at which it found its worker gone. */
  at: number;
  /** Attempt 0 without a key stands for what was known as the worker's only by its tag. */
  kills: { attempt: number; key: string; dead: number; alive: number; durationMs: number }[];
}
