import { ReaperError } from '../contract/errors';
import type { CliContext } from './context';
import { type ExitCode, EXIT_CODE, exitCodeOfError } from './exit-codes';
import { InterruptedError } from './interrupt';
import { UsageError } from './usage-error';
import { toPrintable } from './render/printable';

/** The ReaperError's code, else the error's class. */
function codeOf(error: unknown): string {
  if (error instanceof ReaperError) return error.code;
  return error instanceof Error ? error.name : 'Error';
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isOurs = error instanceof ReaperError || error instanceof UsageError;
  const cause = isOurs || !(error.cause instanceof Error) ? '' : `: ${error.cause.message}`;
  return error.message + cause;
}

/** `error (SERVER_UNREACHABLE): …`, on one line. */
export function errorLine(error: unknown): string {
  const message = toPrintable(messageOf(error));
  return error instanceof InterruptedError ? message : `error (${codeOf(error)}): ${message}`;
}

/** An error as `-o json` prints it. */
export function errorDocument(error: unknown): { error: { code: string; message: string } } {
  return { error: { code: codeOf(error), message: messageOf(error) } };
}

/** Writes an error to stderr, as one line of text or as one JSON document, and returns the exit code. */
export function reportError({ stderr }: Pick<CliContext, 'stderr'>, error: unknown, output: 'text' | 'json'): ExitCode {
  stderr.write(`${output === 'json' ? JSON.stringify(errorDocument(error)) : errorLine(error)}\n`);
  return error instanceof InterruptedError ? EXIT_CODE.interrupted : exitCodeOfError(error);
}
