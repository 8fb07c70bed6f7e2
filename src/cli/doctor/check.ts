import type { ErrorCode } from '../../contract/errors';

/**
 * - `ok`: as it should be
 * - `warn`: works, but could be better
 * - `fail`: a guarantee is not met
 */
export type CheckStatus = 'ok' | 'warn' | 'fail';

/** The result of one check. */
export interface DoctorCheck {
  check: string;
  status: CheckStatus;
  /** The host, worker or task queue that was checked; undefined: all of them, or the server. */
  subject?: string;
  found: string;
  /** What to do about it. */
  remedy?: string;
  /** Code of the error that prevented the check. */
  code?: ErrorCode;
}

/** The results of all checks. */
export interface DoctorReport {
  /** The worst of the checks. */
  status: CheckStatus;
  checks: DoctorCheck[];
}

const SEVERITY: CheckStatus[] = ['ok', 'warn', 'fail'];

export function reportOf(checks: DoctorCheck[]): DoctorReport {
  const worst = Math.max(0, ...checks.map(({ status }) => SEVERITY.indexOf(status)));
  return { status: SEVERITY[worst], checks };
}
