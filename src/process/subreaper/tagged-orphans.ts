import type { ProcessInfo } from '../../contract/process-ref';
import type { Containment, Known } from '../containment/level';
import { ScanContainment } from '../containment/scan';
import type { KillTarget } from '../kill-target';
import { type Look, startedSince } from '../look';
import { lockLimitOf } from '../native/lock-limit';
import type { ProcessTable } from '../process-table';
import type { Protection } from '../protect';
import type { MarkedLook } from '../shared-look';
import { NOBODY, type Tags } from './tags';

/**
 * Finds what the attempts of a worker that is gone have left and only its tag tells, with all that descends from it. For
 * a former child of that worker: both have fallen to the same process, and what another worker has started has not.
 */
export class TaggedOrphans implements Containment {
  readonly level = 'scan';
  readonly proof = 'scan';
  readonly reason = '';
  private readonly scan: ScanContainment;

  constructor(
    readonly table: ProcessTable,
    private readonly tags: Tags,
  ) {
    this.scan = new ScanContainment(table);
  }

  async find(marked: MarkedLook, target: KillTarget, known: Known, protection: Protection): Promise<ProcessInfo[]> {
    const withMarker = new Set((await marked.allMarked()).map(({ process }) => process));
    const orphans = this.orphansIn(marked.look, target.sinceTicks).filter((process) => !withMarker.has(process));
    const roots = (): ProcessInfo[] => orphans;
    return this.scan.find(marked, { ...target, roots }, known, protection);
  }

  private orphansIn(look: Look, sinceTicks: string): ProcessInfo[] {
    const tagged = new Map<number, ProcessInfo>();
    for (const process of look.byPid.values()) {
      if (startedSince(process.startTicks, sinceTicks) && this.isTagged(process.pid)) tagged.set(process.pid, process);
    }
    return [...tagged.values()].filter((process) => {
      const seen = new Set<ProcessInfo>();
      let top = process;
      for (let at = tagged.get(top.ppid); at && !seen.has(at); at = tagged.get(top.ppid)) seen.add((top = at));
      return top.ppid === globalThis.process.ppid;
    });
  }

  private isTagged(pid: number): boolean {
    const limit = lockLimitOf(pid);
    const tag = limit === undefined ? undefined : this.tags.parse(limit);
    return tag !== undefined && tag.attempt !== NOBODY;
  }
}
