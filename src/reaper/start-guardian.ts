import { GuardianLink } from '../guardian/guardian-link';
import type { Containment } from '../process/containment/level';
import type { ReaperNotices } from '../tracking/link';
import type { ReaperConfig } from './config';

/** Starts the process that outlives this one; undefined where it is not wanted, or would find nothing for want of markers. */
export function startGuardian(
  { guardian, mark, escalation }: ReaperConfig,
  { level, encloserData }: Containment,
  log: ReaperNotices['log'],
): GuardianLink | undefined {
  if (!guardian || level === 'basic') return undefined;
  const link = new GuardianLink(mark, escalation, (message) => log('WARN', message), encloserData);
  link.start();
  return link;
}
