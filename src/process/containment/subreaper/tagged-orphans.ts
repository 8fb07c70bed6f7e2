import type { ProcessInfo, ProcessRef } from '../../../contract/process-ref';
import { isBelieved, isOwnUser } from '../../kill/believed-carriers';
import type { Containment, KillMemory } from '../level';
import { ScanContainment } from '../scan';
import type { KillTarget } from '../../kill/kill-target';
import { startedSince } from '../../table/process-snapshot';
import { lockLimitOf } from '../../native/lock-limit';
import type { ProcessTable } from '../../table/process-table';
import type { KillProtection } from '../../kill/protect';
import type { MarkedLook } from '../../table/marked-look';
import { NO_ATTEMPT, type AttemptTags } from './tags';

/**
 * Finds what the attempts of a dead worker have left and only its tag identifies, with all descendants. Works in a former
 * child of that worker: its orphans were reparented to the same process as we were, and other workers' processes were not.
 * Former children that are known by other means are left out, with their descendants.
 */
export class TaggedOrphans implements Containment {
  readonly level = 'scan';
  readonly proof = 'scan';
  readonly reason = '';
  private readonly scan: ScanContainment;

  constructor(
    readonly table: ProcessTable,
    private readonly tags: AttemptTags,
    private readonly known: readonly ProcessRef[],
    /** Users, besides our own, that may have started them: any process can set its own tag. */
    private readonly users: ReadonlySet<number>,
  ) {
    this.scan = new ScanContainment(table);
  }

  async find(
    marked: MarkedLook,
    target: KillTarget,
    known: KillMemory,
    protection: KillProtection,
  ): Promise<ProcessInfo[]> {
    const withMarker = new Set((await marked.allMarked()).map(({ process }) => process));
    const orphans = this.orphansIn(marked, target.sinceTicks).filter((process) => !withMarker.has(process));
    const roots = (): ProcessInfo[] => orphans;
    return this.scan.find(marked, { ...target, roots }, known, protection);
  }

  private orphansIn(marked: MarkedLook, sinceTicks: string): ProcessInfo[] {
    const isKnownUser = (uid: number): boolean => this.users.has(uid) || isOwnUser(uid);
    const tagged = new Map<number, ProcessInfo>();
    for (const process of marked.look.byPid.values()) {
      if (startedSince(process.startTicks, sinceTicks) && this.isTagged(process.pid)) tagged.set(process.pid, process);
    }
    return [...tagged.values()].filter((process) => {
      const seen = new Set<ProcessInfo>();
      let top = process;
      for (let at = tagged.get(top.ppid); at && !seen.has(at); at = tagged.get(top.ppid)) seen.add((top = at));
      const isKnown = this.known.some(({ pid, startTicks }) => pid === top.pid && startTicks === top.startTicks);
      return top.ppid === globalThis.process.ppid && !isKnown && isBelieved(marked, process, isKnownUser, sinceTicks);
    });
  }

  private isTagged(pid: number): boolean {
    const limit = lockLimitOf(pid);
    const attempt = limit === undefined ? undefined : this.tags.parse(limit);
    return attempt !== undefined && attempt !== NO_ATTEMPT;
  }
}
