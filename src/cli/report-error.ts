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

/** Writes an error to stderr, as one line of text or as one JSON document, and returns the exit code. */
export function reportError({ stderr }: Pick<CliContext, 'stderr'>, error: unknown, output: 'text' | 'json'): ExitCode {
  const code = codeOf(error);
  const message = messageOf(error);
  stderr.write(
    output === 'json'
      ? `${JSON.stringify({ error: { code, message } })}\n`
      : `${error instanceof InterruptedError ? '' : `error (${code}): `}${toPrintable(message)}\n`,
  );
  return error instanceof InterruptedError ? EXIT_CODE.interrupted : exitCodeOfError(error);
}
