import { ReaperError } from '../contract/errors';
import type { CliContext } from './context';
import { type ExitCode, EXIT, exitCodeOfError } from './exit-codes';
import { Interrupted } from './interrupt';
import { UsageError } from './usage-error';
import { printable } from './render/printable';

/** Our own code, else the error's class. */
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

/** Writes an error to stderr, as one line of text or as one JSON document, and says with what to exit. */
export function reportError({ stderr }: Pick<CliContext, 'stderr'>, error: unknown, output: 'text' | 'json'): ExitCode {
  const code = codeOf(error);
  const message = messageOf(error);
  stderr.write(
    output === 'json'
      ? `${JSON.stringify({ error: { code, message } })}\n`
      : `${error instanceof Interrupted ? '' : `error (${code}): `}${printable(message)}\n`,
  );
  return error instanceof Interrupted ? EXIT.interrupted : exitCodeOfError(error);
}
