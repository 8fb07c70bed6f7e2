/** All of them; they are stable. */
export const ERROR_CODES = [
  'ATTEMPT_KILLED',
  'ATTEMPT_REF_INVALID',
  'HOST_ID_INVALID',
  'OPTION_INVALID',
  'VERSION_UNSUPPORTED',
  'PLUGIN_CONFLICT',
  'SDK_UNSUPPORTED',
  'CONTAINMENT_UNAVAILABLE',
  'TARGET_NOT_FOUND',
  'TARGET_CLOSED',
  'QUERY_INVALID',
  'NAMESPACE_NOT_FOUND',
  'SERVER_UNREACHABLE',
  'CONTROL_UNSERVED',
  'TASK_QUEUE_UNSERVED',
  'PAYLOAD_UNREADABLE',
  'OUTCOME_PENDING',
  'PERMISSION_DENIED',
  'NOT_IN_ACTIVITY',
  'PROCESS_NOT_FOUND',
  'PROCESS_PROTECTED',
  'COMMAND_NOT_FOUND',
  'COMMAND_FAILED',
  'COMMAND_NOT_ALLOWED',
  'COMMAND_UNREGISTERED',
  'COMMAND_TIMED_OUT',
] as const;
/** The `code` of a {@link ReaperError}; docs/errors.md gives the cause and remedy of each. */
export type ErrorCode = (typeof ERROR_CODES)[number];

const BRAND = Symbol.for('temporal-reaper.ReaperError');

/**
 * The type of every error that this package throws. Match on {@link code}, not on the message. Across a task queue it
 * arrives as an `ApplicationFailure` whose `type` is the code.
 */
export class ReaperError extends Error {
  override readonly name = 'ReaperError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Also true for errors from another copy of this package or from another realm. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
  }
}

/** The `ApplicationFailure.type` of a killed attempt that no cancel follows. */
export const ATTEMPT_KILLED: ErrorCode = 'ATTEMPT_KILLED';
/** The `ApplicationFailure.type` of a command that has run and failed. */
export const COMMAND_FAILED: ErrorCode = 'COMMAND_FAILED';
/** The same of one that has run too long by its own timeout. */
export const COMMAND_TIMED_OUT: ErrorCode = 'COMMAND_TIMED_OUT';
