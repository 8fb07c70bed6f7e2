import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessInfo } from '../../../contract/process-ref';
import type { KillTarget } from '../../kill/kill-target';
import { isDead } from '../../table/process-snapshot';
import { type WorkerMark, markerName } from '../../marker';
import type { ProcessTable } from '../../table/process-table';
import type { KillProtection } from '../../kill/protect';
import type { MarkedLook } from '../../table/marked-look';
import { cpuMsOf, isPopulated, pidsIn, removeCgroup } from './directory';
import { type AttemptDirectory, AttemptDirectories, isAttemptOf } from './find-directories';
import { CgroupKill } from './cgroup-kill';
import { CgroupKeeper } from './keeper';
import { directoryOf, isBelow, membersOf } from './members';
import { valueOf, workerName, workerOf } from './names';
import { type OwnCgroup, ownCgroup } from './own-cgroup';
import { ProbeObstacle, probeCgroup } from './probe';
import type { EncloserData } from '../enclosure';
import type { Containment, LevelKill, KillMemory, SearchRoots, ProbedLevel } from '../level';
import { ScanContainment } from '../scan';

const REMOVALS = 20;
const REMOVAL_PAUSE_MS = 25;

/** What the latest look of a kill has shown of its target's cgroups. */
interface Seen {
  directories: string[];
  /** Processes inside, by pid and start ticks. */
  inside: Set<string>;
}

function withMembers(known: KillMemory, members: readonly ProcessInfo[]): KillMemory {
  return {
    *members() {
      yield* known.members();
      yield* members;
    },
    users: () => known.users(),
    led: () => known.led(),
    isEmptied: (pgid) => known.isEmptied(pgid),
    noteDoubted: (process, uid) => known.noteDoubted(process, uid),
  };
}

/** A process that has just died may keep its cgroup busy for a moment. */
async function removeSoon(directory: string): Promise<void> {
  for (let tries = 0; !removeCgroup(directory) && !isPopulated(directory) && tries < REMOVALS; tries++) {
    await delay(REMOVAL_PAUSE_MS);
  }
}

const keyOf = ({ pid, startTicks }: ProcessInfo): string => `${pid}:${startTicks}`;

/**
 * Linux with a cgroup2 subtree of our own: whatever an attempt starts stays in the attempt's cgroup, wherever it hides, and
 * the kernel kills everything in it at once and reports when it is empty. Misses what a program with permission to do so
 * moves out, and work handed to another daemon. Also finds everything that `scan` finds.
 */
export class CgroupContainment implements Containment {
  /** Used when there is no `CgroupKill`, which knows more. */
  readonly proof = 'scan';
  readonly keeper?: CgroupKeeper;
  private readonly scan: ScanContainment;
  private readonly attempts: AttemptDirectories;
  private readonly seen = new WeakMap<KillTarget, Seen>();
  private protectedPids: ReadonlySet<number> = new Set();

  /** @param encloserData absent if nothing is started: then only the enclosures of others are found */
  constructor(
    readonly table: ProcessTable,
    private readonly own: OwnCgroup,
    readonly encloserData?: EncloserData & { kind: 'cgroup' },
  ) {
    this.scan = new ScanContainment(table);
    this.attempts = new AttemptDirectories(own.mountPoint);
    if (encloserData) this.keeper = new CgroupKeeper(encloserData.directory);
  }

  /** Without an enclosure of its own, it is a scan that also looks into the cgroups of others. */
  get level(): 'cgroup' | 'scan' {
    return this.encloserData ? 'cgroup' : 'scan';
  }

  get reason(): string {
    return this.encloserData ? '' : this.scan.reason;
  }

  get slowdown(): string | undefined {
    if (this.encloserData?.atBirth !== false) return undefined;
    return 'each process moves itself into its cgroup and waits for the kernel, because clone3 is refused here';
  }

  async find(
    marked: MarkedLook,
    target: KillTarget,
    known: KillMemory,
    protection: KillProtection,
  ): Promise<ProcessInfo[]> {
    const directories = await this.directoriesOf(target);
    this.protectedPids = protection.pids;
    const members: ProcessInfo[] = [];
    for (const directory of directories) {
      const inside = await membersOf(this.own, directory, this.table, marked.look);
      members.push(...inside.filter(({ pid }) => !protection.pids.has(pid)));
    }
    this.seen.set(target, { directories, inside: new Set(members.map(keyOf)) });
    const found = await this.scan.find(marked, target, withMembers(known, members), protection);
    // Members that started after the look are missing from it.
    const listed = new Set(found.map(keyOf));
    return [...found, ...members.filter((member) => !listed.has(keyOf(member)))];
  }

  isKnownGone(target: KillTarget): boolean {
    const cgroup = target.enclosure?.()?.cgroup;
    return cgroup !== undefined && this.isVerified(target) && !isPopulated(cgroup);
  }

  searchRoots(target: KillTarget): SearchRoots | undefined {
    const cgroup = target.enclosure?.()?.cgroup;
    return cgroup !== undefined && this.isVerified(target) ? { pids: pidsIn(cgroup), isAll: false } : undefined;
  }

  usedCpuMs(target: KillTarget): number | undefined {
    const cgroup = target.enclosure?.()?.cgroup;
    return cgroup === undefined ? undefined : cpuMsOf(cgroup);
  }

  beginKill(target: KillTarget): LevelKill | undefined {
    const directories = (): string[] => this.seen.get(target)?.directories ?? [];
    if (directories().length === 0) return undefined;
    return new CgroupKill({
      directories,
      isInside: (process) => this.isInside(target, process),
      holdsProtected: (directory) => pidsIn(directory).some((pid) => this.isProtected(pid)),
      isVerified: () => this.isVerified(target),
      end: () => {
        // The cgroup of an open attempt is removed when the attempt is closed.
        if (!target.enclosure) directories().forEach(removeCgroup);
      },
    });
  }

  async enclosedAttempts(): Promise<(AttemptDirectory & { processes: ProcessInfo[] })[]> {
    const found = [];
    for (const attempt of await this.attempts.all()) {
      const members = await membersOf(this.own, attempt.directory, this.table);
      found.push({ ...attempt, processes: members.filter((each) => !this.isProtected(each.pid) && !isDead(each)) });
    }
    return found;
  }

  async removeAbandoned(isAbandoned: (worker: WorkerMark) => boolean): Promise<void> {
    for (const directory of await this.attempts.workerDirectories()) {
      const worker = workerOf(basename(directory));
      if (worker && isAbandoned(worker)) await removeSoon(directory);
    }
  }

  private async directoriesOf({ enclosure, marker }: KillTarget): Promise<string[]> {
    if (enclosure || !marker) {
      const directory = enclosure?.()?.cgroup;
      const worker = this.encloserData?.directory;
      return directory !== undefined && worker !== undefined && isAttemptOf(worker, directory) ? [directory] : [];
    }
    return (await this.attempts.all())
      .filter((each) => markerName(each.marker.key) === marker.name && marker.matches(valueOf(each.marker)))
      .map(({ directory }) => directory);
  }

  private isInside(target: KillTarget, process: ProcessInfo): boolean {
    const seen = this.seen.get(target);
    if (!seen || seen.inside.has(keyOf(process))) return seen !== undefined;
    const directory = directoryOf(this.own, process.pid);
    // A process that has exited since is not known to be outside.
    return directory === undefined || seen.directories.some((each) => isBelow(directory, each));
  }

  private isVerified(target: KillTarget): boolean {
    return target.enclosure?.()?.cgroup !== undefined && target.isWholeEnclosed?.() === true;
  }

  private isProtected(pid: number): boolean {
    return this.protectedPids.has(pid) || pid === process.pid;
  }
}

/**
 * Opens the level by testing whether it works.
 *
 * @returns the level, or the reason why it is impossible here
 */
export async function openCgroup(table: ProcessTable, mark: WorkerMark): Promise<ProbedLevel> {
  const own = ownCgroup();
  if ('obstacle' in own) return { obstacle: own.obstacle, remedy: 'Run the worker where cgroup2 is mounted' };
  const directory = join(own.directory, workerName(mark));
  try {
    const { atBirth } = await probeCgroup(own, directory);
    return new CgroupContainment(table, own, { kind: 'cgroup', mark, directory, atBirth });
  } catch (error) {
    if (error instanceof ProbeObstacle) return { obstacle: error.message, remedy: error.remedy };
    return { obstacle: `trying it out failed (${String(error)})`, remedy: '' };
  }
}
