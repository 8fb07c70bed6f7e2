import { basename, join } from 'node:path';
import type { ProcessInfo } from '../../contract/process-ref';
import type { KillTarget } from '../kill-target';
import { isDead } from '../look';
import { type WorkerMark, markerName } from '../marker';
import type { ProcessTable } from '../process-table';
import type { Protection } from '../protect';
import type { MarkedLook } from '../shared-look';
import { pidsIn, remove } from './cgroup/directory';
import { type AttemptDirectory, AttemptDirectories, isAttemptOf } from './cgroup/find-directories';
import { CgroupHold } from './cgroup/hold';
import { CgroupKeeper } from './cgroup/keeper';
import { directoryOf, isBelow, membersOf } from './cgroup/members';
import { valueOf, workerName, workerOf } from './cgroup/names';
import { type OwnCgroup, ownCgroup } from './cgroup/own-cgroup';
import { Obstacle, probe } from './cgroup/probe';
import type { EncloserData } from './enclosure';
import type { Probed } from './ladder';
import type { Containment, Hold, Known } from './level';
import { ScanContainment } from './scan';

/** What the latest look of a kill has shown of its target's cgroups. */
interface Seen {
  directories: string[];
  /** Processes inside, by pid and start ticks. */
  inside: Set<string>;
}

function withMembers(known: Known, members: readonly ProcessInfo[]): Known {
  return {
    *members() {
      yield* known.members();
      yield* members;
    },
    led: () => known.led(),
    isEmptied: (pgid) => known.isEmptied(pgid),
  };
}

const keyOf = ({ pid, startTicks }: ProcessInfo): string => `${pid}:${startTicks}`;

/**
 * Linux with a cgroup2 subtree of our own: whatever an attempt starts stays in the attempt's cgroup, wherever it hides, and
 * the kernel kills it all at once and says when it is empty. Left over: what a program with the right to do so moves out,
 * and work handed to another daemon. All that `scan` finds is found as well.
 */
export class CgroupContainment implements Containment {
  /** Where there is no hold to say more. */
  readonly proof = 'scan';
  readonly keeper?: CgroupKeeper;
  private readonly scan: ScanContainment;
  private readonly attempts: AttemptDirectories;
  private readonly seen = new WeakMap<KillTarget, Seen>();
  private protectedPids: ReadonlySet<number> = new Set();

  /** @param encloserData absent where nothing is started: only what others have enclosed is found */
  constructor(
    readonly table: ProcessTable,
    private readonly own: OwnCgroup,
    readonly encloserData?: EncloserData & { kind: 'cgroup' },
  ) {
    this.scan = new ScanContainment(table);
    this.attempts = new AttemptDirectories(own.mountPoint);
    if (encloserData) this.keeper = new CgroupKeeper(encloserData.directory);
  }

  /** Without an enclosure of its own, it is a scan that also sees the cgroups of others. */
  get level(): 'cgroup' | 'scan' {
    return this.encloserData ? 'cgroup' : 'scan';
  }

  get reason(): string {
    return this.encloserData ? '' : this.scan.reason;
  }

  async find(marked: MarkedLook, target: KillTarget, known: Known, protection: Protection): Promise<ProcessInfo[]> {
    const directories = await this.directoriesOf(target);
    this.protectedPids = protection.pids;
    const members: ProcessInfo[] = [];
    for (const directory of directories) {
      const inside = await membersOf(this.own, directory, this.table, marked.look);
      members.push(...inside.filter(({ pid }) => !protection.pids.has(pid)));
    }
    this.seen.set(target, { directories, inside: new Set(members.map(keyOf)) });
    const found = await this.scan.find(marked, target, withMembers(known, members), protection);
    // Those that started after the look are in no look.
    const listed = new Set(found.map(keyOf));
    return [...found, ...members.filter((member) => !listed.has(keyOf(member)))];
  }

  hold(target: KillTarget): Hold | undefined {
    const directories = (): string[] => this.seen.get(target)?.directories ?? [];
    if (directories().length === 0) return undefined;
    return new CgroupHold({
      directories,
      isInside: (process) => this.isInside(target, process),
      holdsProtected: (directory) => pidsIn(directory).some((pid) => this.isProtected(pid)),
      isVerified: () => this.isVerified(target),
      end: () => {
        // The cgroup of an attempt that is open goes when it is closed.
        if (!target.enclosure) directories().forEach(remove);
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
      if (worker && isAbandoned(worker)) remove(directory);
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
    // Gone since: it is not known to be outside.
    return directory === undefined || seen.directories.some((each) => isBelow(directory, each));
  }

  private isVerified(target: KillTarget): boolean {
    const cgroup = target.enclosure?.()?.cgroup;
    const isWhole = target.isWholeEnclosed?.() ?? false;
    return isWhole && cgroup !== undefined && this.keeper?.entriesOf(cgroup).isWhole === true;
  }

  private isProtected(pid: number): boolean {
    return this.protectedPids.has(pid) || pid === process.pid;
  }
}

/**
 * Opens the level by trying it out.
 *
 * @returns the level, or in words why it is impossible here
 */
export async function openCgroup(table: ProcessTable, mark: WorkerMark): Promise<Probed> {
  const own = ownCgroup();
  if ('obstacle' in own) return { obstacle: own.obstacle, remedy: 'Run the worker where cgroup2 is mounted' };
  const directory = join(own.directory, workerName(mark));
  try {
    const trampolines = await probe(own, directory);
    return new CgroupContainment(table, own, { kind: 'cgroup', mark, directory, trampolines });
  } catch (error) {
    if (error instanceof Obstacle) return { obstacle: error.message, remedy: error.remedy };
    return { obstacle: `trying it out failed (${String(error)})`, remedy: '' };
  }
}
