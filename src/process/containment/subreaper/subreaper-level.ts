import type { ProcessInfo } from '../../../contract/process-ref';
import type { KillTarget } from '../../kill/kill-target';
import type { WorkerMark } from '../../marker';
import { type NativeAddon, nativeInCharge } from '../../native/addon';
import { hardLockLimit, UNLIMITED_LOCKS } from '../../native/lock-limit';
import type { ProcessTable } from '../../table/process-table';
import type { KillProtection } from '../../kill/protect';
import type { MarkedLook } from '../../table/marked-look';
import { OrphanAdoption } from './orphan-adoption';
import { probeSubreaper } from './probe';
import { OrphanKill } from './orphan-kill';
import { AttemptTags } from './tags';
import { listsChildren } from '../../table/procfs-family';
import type { EncloserData } from '../enclosure';
import type { Containment, EnclosureKeeper, LevelKill, KillMemory, SearchRoots, ProbedLevel } from '../level';
import { ScanContainment } from '../scan';

/**
 * Linux, any user: finds what `scan` finds, and every orphan with the attempt's tag that was reparented to the worker,
 * however it hides. Everything else descends from one of these. Misses a process that has lost its tag (a login via PAM, or
 * setrlimit on file locks) and all the signs that `scan` uses.
 */
export class SubreaperContainment implements Containment {
  readonly level = 'subreaper';
  readonly proof = 'scan';
  readonly keeper: EnclosureKeeper;
  private readonly scan: ScanContainment;

  constructor(
    readonly table: ProcessTable,
    readonly reason: string,
    readonly encloserData: EncloserData,
    private readonly adoption: OrphanAdoption,
    native: NativeAddon,
  ) {
    this.scan = new ScanContainment(table);
    this.keeper = subreaperKeeper(native);
  }

  find(marked: MarkedLook, target: KillTarget, known: KillMemory, protection: KillProtection): Promise<ProcessInfo[]> {
    const tag = target.enclosure?.()?.tag;
    if (tag === undefined) return this.scan.find(marked, target, known, protection);
    const orphans = this.adoption.among(marked.look, tag, target.sinceTicks);
    const roots = (): ProcessRefs => [...target.roots(), ...orphans];
    return this.scan.find(marked, { ...target, roots }, known, protection);
  }

  isKnownGone(target: KillTarget): boolean {
    const tag = target.enclosure?.()?.tag;
    // Everything that the attempt has started descends from a child of ours with its tag.
    return tag !== undefined && target.isWholeEnclosed?.() === true && !this.adoption.hasAny(tag);
  }

  searchRoots(target: KillTarget): SearchRoots | undefined {
    if (target.enclosure?.()?.tag === undefined || target.isWholeEnclosed?.() !== true) return undefined;
    // Includes processes that lost their tag, and what another thread of ours has started: all of it descends from us.
    return { pids: [process.pid], isAll: true };
  }

  beginKill(target: KillTarget): LevelKill | undefined {
    const tag = target.enclosure?.()?.tag;
    return tag === undefined ? undefined : new OrphanKill(this.adoption, tag);
  }
}

/** Makes this process stop being a subreaper when its worker stops. */
function subreaperKeeper(native: NativeAddon): EnclosureKeeper {
  let hasStopped = false;
  return {
    closed: () => undefined, // leftovers are reaped when they die
    stop: () => {
      if (!hasStopped) native.setChildSubreaper(false);
      hasStopped = true;
    },
  };
}

type ProcessRefs = ReturnType<KillTarget['roots']>;

/**
 * Opens the level by testing it: this process becomes a subreaper, and stays one if that works.
 *
 * @returns the level, or the reason why it is impossible here
 */
export async function openSubreaper(table: ProcessTable, mark: WorkerMark, reason: string): Promise<ProbedLevel> {
  const native = nativeInCharge();
  if ('obstacle' in native) return native;
  const hard = hardLockLimit();
  if (hard !== UNLIMITED_LOCKS) {
    return { obstacle: `the hard limit on file locks is ${hard}`, remedy: 'Lift it (ulimit -H -x unlimited)' };
  }
  if (!listsChildren()) return { obstacle: 'the kernel does not list the children of a thread', remedy: '' };
  if (native.setChildSubreaper(true) < 0) {
    return { obstacle: 'the kernel refuses PR_SET_CHILD_SUBREAPER', remedy: '' };
  }
  const tags = new AttemptTags(mark);
  const failed = await probeSubreaper(native, table, tags);
  if (failed) {
    native.setChildSubreaper(false);
    return { obstacle: failed, remedy: '' };
  }
  return new SubreaperContainment(table, reason, { kind: 'subreaper', mark }, new OrphanAdoption(tags), native);
}
