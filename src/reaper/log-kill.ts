import { type AttemptRef, describeAttempt } from '../contract/attempt-ref';
import { type KillReport, deathsOf, survivorsOf } from '../contract/kill-report';
import type { ReaperNotices } from '../tracking/link';

/** One line for a kill that hit something. */
export function logKill(log: ReaperNotices['log'], attempt: AttemptRef, reason: string, report: KillReport): void {
  const { level, durationMs } = report;
  const attributes = { attempt: describeAttempt(attempt), reason, level, processes: deathsOf(report), durationMs };
  const survivors = survivorsOf(report).map(({ pid, name, state, fate }) => `${pid} ${name} ${state} ${fate}`);
  if (survivors.length > 0) log('ERROR', 'Processes survived their kill', { ...attributes, survivors });
  else if (report.processes.length > 0) log('INFO', 'Killed the processes of an activity', attributes);
}
