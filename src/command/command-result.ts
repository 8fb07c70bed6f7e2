/** The result of a command. */
export interface CommandResult {
  /** -1 if it did not start, or a signal ended it. */
  exitCode: number;
  /** The signal that ended it; undefined if it exited by itself. */
  signal?: string;
  /** The end of the output, at most `keepBytes`, decoded as UTF-8. */
  stdout: string;
  /** The end of the output, at most `keepBytes`, decoded as UTF-8. */
  stderr: string;
  /** Whether the beginning of `stdout` or of `stderr` is missing. */
  truncated: boolean;
  /** Milliseconds. */
  durationMs: number;
}
