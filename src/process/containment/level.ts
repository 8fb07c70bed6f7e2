import type { ContainmentLevel, Proof } from '../../contract/kill-report';
import type { ProcessInfo, ProcessRef } from '../../contract/process-ref';
import type { KillTarget } from '../kill-target';
import type { ProcessTable } from '../process-table';
import type { Protection } from '../protect';
import type { MarkedLook } from '../shared-look';

/** What a kill remembers from its earlier looks: once ours, ours to the end. */
export interface Known {
  /** Processes found before, also those that have died. */
  members(): Iterable<ProcessRef>;
  /** Groups and sessions that one of them leads or led; the leader's start ticks. */
  led(): ReadonlyMap<number, string>;
  /** Whether a look has shown that group empty. */
  isEmptied(pgid: number): boolean;
}

/** How the processes of a target are found. */
export interface Containment {
  readonly level: ContainmentLevel;
  /** What stands behind an empty find. */
  readonly proof: Proof;
  /** Why it is no higher level; empty if there is nothing to say. */
  readonly reason: string;
  readonly table: ProcessTable;
  /** All that belongs to the target at this look, zombies included, never what is protected. */
  find(look: MarkedLook, target: KillTarget, known: Known, protection: Protection): Promise<ProcessInfo[]>;
}
