import type { ContainmentLevel } from '../../contract/kill-report';
import type { DoctorCheck, CheckStatus } from './check';

const STATUS: Record<ContainmentLevel, CheckStatus> = { cgroup: 'ok', subreaper: 'ok', scan: 'warn', basic: 'fail' };

const ESCAPES: Record<ContainmentLevel, string> = {
  cgroup: '',
  subreaper: '',
  scan: 'a daemon that empties its environment survives a kill',
  basic: 'daemons and processes that left their group survive a kill, and there is neither sweep nor fence',
};

const DEFAULT_REMEDY = 'Use containment: "auto" on Linux; docs/containment.md says what each level needs';

/** A containment level: what escapes it, why it is not higher, and what would make a higher one possible. */
export function levelCheck(
  check: string,
  subject: string,
  { level, reason, remedy }: { level: ContainmentLevel; reason: string; remedy?: string },
): DoctorCheck {
  const status = STATUS[level];
  const found = [level, ESCAPES[level], reason && `no higher level: ${reason}`].filter(Boolean).join('; ');
  return { check, status, subject, found, remedy: status === 'ok' ? undefined : remedy || DEFAULT_REMEDY };
}
