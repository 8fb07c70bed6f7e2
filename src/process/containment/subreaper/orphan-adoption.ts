import type { ProcessInfo } from '../../../contract/process-ref';
import { errorCode } from '../../error-code';
import { type ProcessSnapshot, startedSince } from '../../table/process-snapshot';
import { lockLimitOf } from '../../native/lock-limit';
import { isNodesChild, isOthersChild, knowsAllChildren, reapChild } from '../../native/reap';
import { NO_ATTEMPT, type AttemptTags } from './tags';
import { mainChildren } from './thread-children';

/** A tagged child of the main thread that Node does not wait for: an orphan of a process that we started. */
export interface AdoptedOrphan {
  pid: number;
  /** Number of the attempt. */
  attempt: number;
}

/** A pursuit ends after this many readings in a row without a find. */
const QUIET_READINGS = 3;

/** The orphans that are reparented to a worker that is a subreaper. Usable on any thread of the process. */
export class OrphanAdoption {
  constructor(readonly tags: AttemptTags) {}

  /**
   * Reaps the dead strays.
   *
   * @returns all strays, dead or alive
   */
  reap(): AdoptedOrphan[] {
    const strays = this.orphans();
    for (const { pid } of strays) reapChild(pid);
    return strays;
  }

  /**
   * Sends SIGKILL to an attempt's strays, again and again: a process that forks and exits leaves each generation to us, and
   * only one that is killed before it forks is the last. Blocks the thread until it is done.
   */
  pursue(attempt: number, maxMs: number): void {
    const end = performance.now() + maxMs;
    for (let quiet = 0; quiet < QUIET_READINGS && performance.now() < end; quiet++) {
      for (const stray of this.strays()) {
        // Until we reap it, its pid cannot be reused.
        if (stray.attempt !== attempt) continue;
        if (reapChild(stray.pid) !== undefined || killNow(stray.pid)) quiet = -1;
      }
    }
  }

  /** The children in a look that carry the attempt's tag, spawned or reparented, including zombies. */
  among(look: ProcessSnapshot, attempt: number, sinceTicks: string): ProcessInfo[] {
    return look.childrenOf(process.pid).filter(({ pid, startTicks }) => {
      return startedSince(startTicks, sinceTicks) && this.attemptOf(pid) === attempt;
    });
  }

  /** Whether the main thread has a child with an attempt's tag, dead or alive. */
  hasAny(attempt: number): boolean {
    return mainChildren().some((pid) => this.attemptOf(pid) === attempt);
  }

  /** Children of the main thread that may belong to native code, or are orphans of a process that no hook saw start. */
  untagged(): number[] {
    return mainChildren().filter(
      (pid) => !isNodesChild(pid) && (this.attemptOf(pid) === undefined || isOthersChild(pid)),
    );
  }

  /** Whether nothing is left to reap, now or later. */
  get isOver(): boolean {
    return this.orphans().length === 0;
  }

  private attemptOf(pid: number): number | undefined {
    const limit = lockLimitOf(pid);
    return limit === undefined ? undefined : this.tags.parse(limit);
  }

  /** A child of other native code carries a tag only so that its own children inherit it: it is no orphan itself. */
  private orphans(): AdoptedOrphan[] {
    // Only Node's children get an attempt's number, so the orphans of endless forkers are reaped as fast as they die. But an
    // older copy of this package may have given the same numbers to children that Node waits for through that copy.
    const knowsAll = knowsAllChildren();
    return this.strays().filter(({ pid, attempt }) => (knowsAll && attempt !== NO_ATTEMPT) || !isOthersChild(pid));
  }

  private strays(): AdoptedOrphan[] {
    return mainChildren().flatMap((pid) => {
      // Most children are Node's own, and that check is faster.
      const attempt = isNodesChild(pid) ? undefined : this.attemptOf(pid);
      return attempt === undefined ? [] : [{ pid, attempt }];
    });
  }
}

/** False when we may not kill it (it has changed its user), or the reaper of another namespace was faster. */
function killNow(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) === 'EPERM' || errorCode(error) === 'ESRCH') return false;
    throw error;
  }
}
