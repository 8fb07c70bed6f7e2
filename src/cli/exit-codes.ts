import type { CancelPreview, HostSummary } from '../client';
import { type ErrorCode, ReaperError } from '../contract/errors';
import { type CancelOutcome, type HostOutcome, isIncomplete, type ListOutcome } from '../contract/outcomes';
import type { DoctorReport } from './doctor/check';
import { UsageError } from './usage-error';

/** The exit codes of every command; docs/errors.md lists them. */
export const EXIT_CODE = {
  done: 0,
  /** Also every failure without an exit code of its own. */
  refused: 1,
  usage: 2,
  unreachable: 3,
  /** Done, but something may still run: survivors, unreachable hosts, unguarded activities, a degraded cancel. */
  incomplete: 4,
  /** 128 + SIGINT, as in shells. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT_CODE)[keyof typeof EXIT_CODE];

const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  OPTION_INVALID: EXIT_CODE.usage,
  HOST_ID_INVALID: EXIT_CODE.usage,
  QUERY_INVALID: EXIT_CODE.usage,
  SERVER_UNREACHABLE: EXIT_CODE.unreachable,
};

export function exitCodeOfError(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT_CODE.usage;
  return (error instanceof ReaperError && BY_CODE[error.code]) || EXIT_CODE.refused;
}

/** From the best to the worst. Incomplete is better than refused: there the cancel went through. */
const BY_WEIGHT: ExitCode[] = [
  EXIT_CODE.done,
  EXIT_CODE.incomplete,
  EXIT_CODE.refused,
  EXIT_CODE.usage,
  EXIT_CODE.unreachable,
  EXIT_CODE.interrupted,
];

/** The exit code of several requests. */
export function worstOf(codes: ExitCode[]): ExitCode {
  return BY_WEIGHT[Math.max(0, ...codes.map((code) => BY_WEIGHT.indexOf(code)))];
}

/** Temporal refused the cancel, and the run is still open. */
function isRefused({ cancelError, status }: CancelOutcome): boolean {
  return cancelError !== undefined && (status === undefined || status === 'RUNNING' || status === 'PAUSED');
}

export function exitCodeOfKill(outcome: CancelOutcome): ExitCode {
  if (isRefused(outcome)) return EXIT_CODE.refused;
  return isIncomplete(outcome) ? EXIT_CODE.incomplete : EXIT_CODE.done;
}

/** Incomplete: the cancel would leave something running, or would kill processes that are not listed. */
export function exitCodeOfPreview({ activities }: CancelPreview): ExitCode {
  const isKnown = activities.every(
    ({ status, omitted }) => (status === 'listed' || status === 'waiting') && omitted === undefined,
  );
  return isKnown ? EXIT_CODE.done : EXIT_CODE.incomplete;
}

function exitCodeOfAnswers(answers: { status: HostOutcome<unknown>['status'] }[]): ExitCode {
  return answers.every(({ status }) => status === 'answered') ? EXIT_CODE.done : EXIT_CODE.incomplete;
}

export function exitCodeOfList({ hosts }: ListOutcome): ExitCode {
  return exitCodeOfAnswers(hosts);
}

export function exitCodeOfHosts(hosts: HostSummary[]): ExitCode {
  return exitCodeOfAnswers(hosts.flatMap(({ workers }) => workers));
}

export function exitCodeOfDoctor({ status, checks }: DoctorReport): ExitCode {
  if (checks.some(({ code }) => code === 'SERVER_UNREACHABLE')) return EXIT_CODE.unreachable;
  return status === 'fail' ? EXIT_CODE.refused : EXIT_CODE.done;
}
