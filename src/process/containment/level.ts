import type { ContainmentLevel, Proof } from '../../contract/kill-report';
import type { ProcessInfo, ProcessRef } from '../../contract/process-ref';
import type { KillTarget } from '../kill-target';
import type { Marker, WorkerMark } from '../marker';
import type { ProcessTable } from '../process-table';
import type { Protection } from '../protect';
import type { MarkedLook } from '../shared-look';
import type { EncloserData, EnclosureRef } from './enclosure';

/** What a kill remembers from its earlier looks: once ours, ours to the end. */
export interface Known {
  /** Processes found before, also those that have died. */
  members(): Iterable<ProcessRef>;
  /** Groups and sessions that one of them leads or led; the leader's start ticks. */
  led(): ReadonlyMap<number, string>;
  /** Whether a look has shown that group empty. */
  isEmptied(pgid: number): boolean;
}

/** The enclosure of a target as one kill works on it, from its first look to its report. */
export interface Hold {
  /** Takes in what a look has found, to tell later what stands behind an empty one. */
  observe(found: readonly ProcessInfo[]): void;
  /** Sends SIGKILL to all that is inside, atomically where the kernel can. Called in each round of the last step. */
  kill(): void;
  /** Whether the kernel says that anything inside lives; undefined when it does not say. */
  readonly isPopulated: boolean | undefined;
  /** What stands behind "nothing is left" of this very target. */
  readonly proof: Proof;
  /** The kill is over: what is no longer needed may go. */
  end(): void;
}

/** What happens to the enclosures of open attempts; the reaper tells. All of it is quick and never throws. */
export interface EnclosureKeeper {
  /** An enclosed process was started; its pid is not known while a synchronous call blocks the spawning thread. */
  started(ref: EnclosureRef, pid?: number): void;
  /** A process that was started so, or a synchronous call, has ended. */
  exited(ref: EnclosureRef): void;
  /** The attempt is over. Leftovers may live on in it: then they and it stay. */
  closed(ref: EnclosureRef): void;
  /** The worker stops, and its attempts are closed: what is empty goes. */
  stop(): void;
}

/** How the processes of a target are found. */
export interface Containment {
  readonly level: ContainmentLevel;
  /** What stands behind an empty find, where there is no {@link Hold} to say so. */
  readonly proof: Proof;
  /** Why it is no higher level; empty if there is nothing to say. */
  readonly reason: string;
  /** What would make a higher level possible, in words. */
  readonly remedy?: string;
  readonly table: ProcessTable;
  /** All that belongs to the target at this look, zombies included, never what is protected. */
  find(look: MarkedLook, target: KillTarget, known: Known, protection: Protection): Promise<ProcessInfo[]>;
  /** What the spawning thread needs to enclose what it starts; undefined: nothing is done there. */
  readonly encloserData?: EncloserData;
  /** Undefined where the target has no enclosure, or the level none to offer. */
  hold?(target: KillTarget): Hold | undefined;
  readonly keeper?: EnclosureKeeper;
  /** The enclosures of this host, of whichever worker, each with the marker that names it and what lives in it. */
  enclosedAttempts?(): Promise<{ marker: Marker; processes: ProcessInfo[] }[]>;
  /** Removes the empty enclosures that workers have left. */
  removeAbandoned?(isAbandoned: (worker: WorkerMark) => boolean): Promise<void>;
}
