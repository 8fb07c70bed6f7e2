import type { ContainmentLevel, Proof } from '../../contract/kill-report';
import type { ProcessInfo, ProcessRef } from '../../contract/process-ref';
import type { KillTarget } from '../kill/kill-target';
import type { AttemptMarker, WorkerMark } from '../marker';
import type { ProcessTable } from '../table/process-table';
import type { KillProtection } from '../kill/protect';
import type { MarkedLook } from '../table/marked-look';
import type { EncloserData, EnclosureRef } from './enclosure';

/** What a kill remembers from its earlier looks: a process that once belonged to the target does so to the end. */
export interface KillMemory {
  /** Processes found before, including those that have died. */
  members(): Iterable<ProcessRef>;
  /** Users that these processes ran as, where that matters. */
  users(): Iterable<number>;
  /** Groups and sessions that one of them leads or led, with the leader's start ticks. */
  led(): ReadonlyMap<number, string>;
  /** Whether a look has shown that group to be empty. */
  isEmptied(pgid: number): boolean;
  /** Records a process that carries the target's marker but is not believed, and its real user. */
  noteDoubted(process: ProcessInfo, uid: number): void;
}

/** The enclosure of a target during one kill, from its first look to its report. */
export interface LevelKill {
  /** Records what a look has found; the proof depends on it. */
  observe(found: readonly ProcessInfo[]): void;
  /** Sends SIGKILL to everything inside, atomically where the kernel can. Called in each round of the last step. */
  kill(): void;
  /** Whether the kernel reports anything alive inside; undefined when it does not say. */
  readonly isPopulated: boolean | undefined;
  /** The proof behind "nothing is left" for this target. */
  readonly proof: Proof;
  /** The processor time of everything that has ever run inside, in ms; undefined if the kernel does not keep it. */
  readonly usedCpuMs?: number;
  /** The kill is over: removes what is no longer needed. */
  end(): void;
}

/** Cleans up the enclosures of attempts when the reaper says so. Every method is quick and never throws. */
export interface EnclosureKeeper {
  /** The attempt is over. If leftovers live on in its enclosure, both stay. */
  closed(ref: EnclosureRef): void;
  /** The worker stops, and its attempts are closed: removes empty enclosures. */
  stop(): void;
}

/** Processes whose descendants include everything that a target has started, except what has left its enclosure. */
export interface SearchRoots {
  pids: number[];
  /** Nothing can have left. */
  isAll: boolean;
}

/** How the processes of a target are found. */
export interface Containment {
  readonly level: ContainmentLevel;
  /** The proof behind an empty find, if there is no {@link LevelKill} that knows better. */
  readonly proof: Proof;
  /** Why there is no higher level; empty if there is nothing to say. */
  readonly reason: string;
  /** What would make a higher level possible. */
  readonly remedy?: string;
  /** What is slower here than it could be, in words; undefined if nothing is. */
  readonly slowdown?: string;
  readonly table: ProcessTable;
  /** Everything that belongs to the target at this look, including zombies, but never a protected process. */
  find(look: MarkedLook, target: KillTarget, known: KillMemory, protection: KillProtection): Promise<ProcessInfo[]>;
  /** Whether the kernel reports, without a look at all processes, that the target has nothing alive; false: look. */
  isKnownGone?(target: KillTarget): boolean;
  /** Undefined if only a look at all processes can tell. */
  searchRoots?(target: KillTarget): SearchRoots | undefined;
  /**
   * The processor time of everything that has ever run in the target's enclosure, in ms; undefined if the kernel does not
   * keep it.
   */
  usedCpuMs?(target: KillTarget): number | undefined;
  /** What the spawning thread needs in order to enclose processes; undefined: it does nothing. */
  readonly encloserData?: EncloserData;
  /** Undefined if the target has no enclosure, or the level supports none. */
  beginKill?(target: KillTarget): LevelKill | undefined;
  readonly keeper?: EnclosureKeeper;
  /** The enclosures of all workers of this host, each with its marker and the processes alive in it. */
  enclosedAttempts?(): Promise<{ marker: AttemptMarker; processes: ProcessInfo[] }[]>;
  /** Removes the empty enclosures that workers have left. */
  removeAbandoned?(isAbandoned: (worker: WorkerMark) => boolean): Promise<void>;
}

/** The result of testing a level. */
export type ProbedLevel = Containment | { obstacle: string; remedy: string };
