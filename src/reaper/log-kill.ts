import { type AttemptRef, describeAttempt } from '../contract/attempt-ref';
import { type KillReport, deathsOf, survivorsOf } from '../contract/kill-report';
import type { LedgerEntry } from '../tracking/ledger';
import type { ReaperNotices } from '../tracking/link';
import type { ProcessKiller } from './process-killer';

// By worker process, whatever number of reapers it has.
let hasToldOfProof = false;

let hasToldOfHelpers = false;
const HELPERS =
  'If it serves other activities too, name its program in neverTrack, or start it in untracked(): it would die with a cancel of this one';

/** Once: what the level promises cannot be kept for every attempt. */
function logProof(log: ReaperNotices['log'], attempt: string, { level, proof, processes }: KillReport): void {
  if (hasToldOfProof || level !== 'cgroup' || proof === 'kernel' || processes.length === 0) return;
  hasToldOfProof = true;
  log('WARN', 'Not every process of an activity was seen in its cgroup: its kills are proven by a look only', {
    attempt,
  });
}

/** One line for a kill that hit something. */
export function logKill(log: ReaperNotices['log'], ref: AttemptRef, reason: string, report: KillReport): void {
  const { level, proof, durationMs } = report;
  const attempt = describeAttempt(ref);
  logProof(log, attempt, report);
  const attributes = { attempt, reason, level, proof, processes: deathsOf(report), durationMs: Math.round(durationMs) };
  const survivors = survivorsOf(report).map(({ pid, name, state, fate }) => `${pid} ${name} ${state} ${fate}`);
  if (survivors.length > 0) log('ERROR', 'Processes survived their kill', { ...attributes, survivors });
  else if (report.processes.length > 0) log('INFO', 'Killed the processes of an activity', attributes);
}

/** One line for what an activity has left behind. */
export async function logLeftovers(
  log: ReaperNotices['log'],
  entry: LedgerEntry,
  killer: ProcessKiller,
): Promise<void> {
  const attempt = describeAttempt(entry.attempt);
  try {
    const processes = (await killer.find(entry)).map(({ pid, name }) => `${pid} ${name}`);
    if (processes.length === 0) return;
    log('WARN', 'Activity returned and left processes behind', {
      attempt,
      processes,
      ...(hasToldOfHelpers ? {} : { remedy: HELPERS }),
    });
    hasToldOfHelpers = true;
  } catch (error) {
    log('WARN', 'Could not look for left-over processes', { attempt, error: String(error) });
  }
}
