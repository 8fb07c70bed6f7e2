import type { ErrorCode } from '../../contract/errors';

/**
 * - `ok`: as it should be
 * - `warn`: works, and could be better
 * - `fail`: a guarantee is not met
 */
export type CheckStatus = 'ok' | 'warn' | 'fail';

/** One thing that was looked at. */
export interface Check {
  check: string;
  status: CheckStatus;
  /** The host, worker or task queue that it is about; undefined: all of them, or the server. */
  subject?: string;
  found: string;
  /** What to do about it. */
  remedy?: string;
  /** Of the error that kept us from looking. */
  code?: ErrorCode;
}

/** Everything that was looked at. */
export interface DoctorReport {
  /** The worst of the checks. */
  status: CheckStatus;
  checks: Check[];
}

const SEVERITY: CheckStatus[] = ['ok', 'warn', 'fail'];

export function reportOf(checks: Check[]): DoctorReport {
  const worst = Math.max(0, ...checks.map(({ status }) => SEVERITY.indexOf(status)));
  return { status: SEVERITY[worst], checks };
}
