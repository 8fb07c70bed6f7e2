import type { ContainmentLevel } from '../../contract/kill-report';
import type { Check, CheckStatus } from './check';

const STATUS: Record<ContainmentLevel, CheckStatus> = { cgroup: 'ok', subreaper: 'ok', scan: 'warn', basic: 'fail' };

const ESCAPES: Record<ContainmentLevel, string> = {
  cgroup: '',
  subreaper: '',
  scan: 'a daemon that empties its environment survives a kill',
  basic: 'daemons, and what left its group, survive a kill, and there is neither guardian nor sweep nor fence',
};

const DEFAULT_REMEDY = 'Use containment: "auto" on Linux; docs/containment.md says what each level needs';

/** A containment level: what it leaves, why it is no higher one, and what would make one possible. */
export function levelCheck(
  check: string,
  subject: string,
  { level, reason, remedy }: { level: ContainmentLevel; reason: string; remedy?: string },
): Check {
  const status = STATUS[level];
  const found = [level, ESCAPES[level], reason && `no higher level: ${reason}`].filter(Boolean).join('; ');
  return { check, status, subject, found, remedy: status === 'ok' ? undefined : remedy || DEFAULT_REMEDY };
}
