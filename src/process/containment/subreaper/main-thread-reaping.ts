import type { WorkerMark } from '../../marker';
import { nativeAddon } from '../../native/addon';
import { listsChildren } from '../../table/procfs-family';
import { OrphanAdoption } from './orphan-adoption';
import { ForgottenZombies } from './forgotten-zombies';
import { receivesOrphans } from './receives-orphans';
import { AttemptTags } from './tags';

/** Time between two rounds of reaping once no reaper does it any more, in ms. */
const AFTERWARDS_MS = 1_000;

let afterwards: NodeJS.Timeout | undefined;

/** Something is still left to reap, now or later: one timer does it, however many reapers there were. */
function reapAfterwards(adoption: OrphanAdoption): void {
  afterwards ??= setInterval(() => {
    try {
      adoption.reap();
      if (!adoption.isOver || receivesOrphans()) return;
    } catch {
      return; // too many open files, for instance: the next turn tries again
    }
    clearInterval(afterwards);
    afterwards = undefined;
  }, AFTERWARDS_MS).unref();
}

/**
 * The main thread's care for orphans, in addition to the reaper, which reaps known orphans: reaps forgotten zombies, and
 * continues when no reaper runs any more.
 *
 * @returns undefined if no orphans are reparented to this process
 */
export function careForOrphans(mark: WorkerMark): { stop(): void } | undefined {
  if (!nativeAddon() || !receivesOrphans() || !listsChildren()) return undefined;
  const adoption = new OrphanAdoption(new AttemptTags(mark));
  const forgotten = new ForgottenZombies(adoption);
  return {
    stop: () => {
      forgotten.stop();
      reapAfterwards(adoption);
    },
  };
}
