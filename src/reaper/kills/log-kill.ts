import { type AttemptRef, describeAttempt } from '../../contract/attempt-ref';
import { type KillReport, deathsOf, survivorsOf } from '../../contract/kill-report';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import type { ReaperLog } from '../../tracking/reaper-protocol';
import type { ProcessKiller } from './process-killer';

// Logged once per worker process, however many reapers it has.
let hasToldOfProof = false;

let hasToldOfHelpers = false;
const HELPERS =
  'If it serves other activities too, name its program in neverTrack, or start it in untracked(): otherwise a cancel of this activity kills it. If another activity started it, for example through a queue, wrap that code in AsyncResource.bind';

/** Warns once that the level cannot keep its promise for every attempt. */
function logProof(log: ReaperLog, attempt: string, { level, proof, processes }: KillReport): void {
  if (hasToldOfProof || level !== 'cgroup' || proof === 'kernel' || processes.length === 0) return;
  hasToldOfProof = true;
  log('WARN', 'Not every process of an activity was seen in its cgroup: its kills are proven only by a look', {
    attempt,
  });
}

/** Logs one line for a kill that hit something. */
export function logKill(log: ReaperLog, ref: AttemptRef, reason: string, report: KillReport): void {
  const { level, proof, durationMs } = report;
  const attempt = describeAttempt(ref);
  logProof(log, attempt, report);
  logDoubted(log, ref, report);
  const attributes = { attempt, reason, level, proof, processes: deathsOf(report), durationMs: Math.round(durationMs) };
  const survivors = survivorsOf(report).map(({ pid, name, state, fate }) => `${pid} ${name} ${state} ${fate}`);
  if (survivors.length > 0) log('ERROR', 'Processes survived their kill', { ...attributes, survivors });
  else if (report.processes.length > 0) log('INFO', 'Killed the processes of an activity', attributes);
}

/** Logs one line for the processes that a kill has left alone because only their marker speaks against them. */
export function logDoubted(log: ReaperLog, ref: AttemptRef, { doubted = [] }: KillReport): void {
  if (doubted.length === 0) return;
  const processes = doubted.map(({ pid, name, uid }) => `${pid} ${name} of user ${uid}`);
  log('WARN', 'Left alone: processes of other users that carry the marker of an activity', {
    attempt: describeAttempt(ref),
    processes,
  });
}

/** Logs one line for the processes that an activity has left behind. */
export async function logLeftovers(log: ReaperLog, entry: LedgerEntry, killer: ProcessKiller): Promise<void> {
  const attempt = describeAttempt(entry.attempt);
  try {
    const processes = (await killer.findLeft(entry)).map(({ pid, name }) => `${pid} ${name}`);
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
