import { setTimeout as sleep } from 'node:timers/promises';
import { describeAttempt } from '../contract/attempt-ref';
import type { AttemptScope } from './attempt-scope';
import { scopeStorage } from './scope-storage';
import type { ReaperLog } from './reaper-protocol';

/** Runs the `onKill` callbacks, all at once and outside the attempt's tracking; waits for at most `graceMs`. */
export async function runCleanups(scope: AttemptScope, graceMs: number, log: ReaperLog): Promise<void> {
  const cleanups = scope.cleanups.splice(0);
  if (cleanups.length === 0) return;
  const attempt = describeAttempt(scope.attempt);
  const late = new AbortController();
  const all = cleanups.map(async (cleanup) => {
    try {
      await scopeStorage.exit(cleanup);
    } catch (error) {
      log('ERROR', 'An onKill callback failed', { attempt, error: String(error) });
    }
  });
  const inTime = await Promise.race([
    Promise.all(all).then(() => true),
    sleep(graceMs, false, { signal: late.signal }).catch(() => true), // aborted: the race is already decided
  ]);
  late.abort();
  if (!inTime)
    log('WARN', 'An onKill callback outlasts the grace period; the attempt ends without it', { attempt, graceMs });
}
