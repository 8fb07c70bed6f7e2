import type { ProcessInfo } from '../../contract/process-ref';
import type { KillTarget } from '../kill-target';
import type { WorkerMark } from '../marker';
import { isChildSubreaper, setChildSubreaper } from '../native/child-subreaper';
import { libcObstacle } from '../native/libc';
import { ownLockLimit, UNLIMITED } from '../native/lock-limit';
import type { ProcessTable } from '../process-table';
import type { Protection } from '../protect';
import type { MarkedLook } from '../shared-look';
import { Adoption } from '../subreaper/adoption';
import { OwnChildren } from '../subreaper/own-children';
import { ownChildren } from '../subreaper/tagger';
import { probe } from '../subreaper/probe';
import { ReapKeeper } from '../subreaper/reap-keeper';
import { StrayHold } from '../subreaper/stray-hold';
import { Tags } from '../subreaper/tags';
import { listsChildren } from '../subreaper/thread-children';
import type { EncloserData } from './enclosure';
import type { Probed } from './ladder';
import type { Containment, Hold, Known } from './level';
import { ScanContainment } from './scan';

/**
 * Linux, any user, with koffi: what `scan` finds, and every orphan that fell to the worker with the attempt's tag, however
 * it has hidden. All else descends from one of these. Left over: who has got rid of the tag (a login by PAM, or
 * setrlimit on file locks) besides all that `scan` goes by.
 */
export class SubreaperContainment implements Containment {
  readonly level = 'subreaper';
  readonly proof = 'scan';
  readonly keeper: ReapKeeper;
  private readonly scan: ScanContainment;

  constructor(
    readonly table: ProcessTable,
    readonly reason: string,
    readonly encloserData: EncloserData,
    private readonly adoption: Adoption,
  ) {
    this.scan = new ScanContainment(table);
    this.keeper = new ReapKeeper(adoption);
  }

  find(marked: MarkedLook, target: KillTarget, known: Known, protection: Protection): Promise<ProcessInfo[]> {
    const tag = target.enclosure?.()?.tag;
    if (tag === undefined) return this.scan.find(marked, target, known, protection);
    const orphans = this.adoption.among(marked.look, tag, target.sinceTicks);
    const roots = (): ProcessRefs => [...target.roots(), ...orphans];
    return this.scan.find(marked, { ...target, roots }, known, protection);
  }

  hold(target: KillTarget): Hold | undefined {
    const tag = target.enclosure?.()?.tag;
    return tag === undefined ? undefined : new StrayHold(this.adoption, tag);
  }
}

type ProcessRefs = ReturnType<KillTarget['roots']>;

/**
 * Opens the level by trying it out: this process becomes a subreaper, and stays one when it works.
 *
 * @param memory of the main thread's {@link OwnChildren}; undefined: this is the main thread
 * @returns the level, or in words why it is impossible here
 */
export async function openSubreaper(
  table: ProcessTable,
  mark: WorkerMark,
  reason: string,
  memory?: SharedArrayBuffer,
): Promise<Probed> {
  const obstacle = libcObstacle();
  if (obstacle) return { obstacle, remedy: 'Install the optional package koffi' };
  const limit = ownLockLimit();
  if (!limit) return { obstacle: 'the kernel does not tell the limit on file locks', remedy: '' };
  if (limit.hard !== UNLIMITED) {
    return { obstacle: `the hard limit on file locks is ${limit.hard}`, remedy: 'Lift it (ulimit -H -x unlimited)' };
  }
  if (!listsChildren()) return { obstacle: 'the kernel does not list the children of a thread', remedy: '' };

  const wasSubreaper = isChildSubreaper();
  if (!setChildSubreaper(true)) return { obstacle: 'the kernel refuses PR_SET_CHILD_SUBREAPER', remedy: '' };
  const tags = new Tags(mark);
  const failed = await probe(table, tags);
  if (failed) {
    if (!wasSubreaper) setChildSubreaper(false);
    return { obstacle: failed, remedy: '' };
  }
  const adoption = new Adoption(tags, memory ? new OwnChildren(memory) : ownChildren());
  return new SubreaperContainment(table, reason, { kind: 'subreaper', mark, wasSubreaper }, adoption);
}
