import { ApplicationFailure } from '@temporalio/common';
import { OutputTail } from './output-tail';

/** A command for {@link runCommand}. */
export interface CommandRequest {
  /** The program: a path, or a name that is looked up in PATH. No shell is involved. */
  file: string;
  args?: string[];
  /** Default: the worker's. */
  cwd?: string;
  /** Added to the worker's environment. */
  env?: Record<string, string>;
  /** Written to the command's standard input, which is otherwise empty. */
  input?: string;
  /** How many of the last bytes to keep of standard output and of standard error. Default 65,536; 0 to 1,048,576. */
  keepBytes?: number;
}

/** The result of a command. */
export interface CommandResult {
  exitCode: number;
  /** The last `keepBytes` of the output. */
  stdout: string;
  /** The last `keepBytes` of the output. */
  stderr: string;
  /** Milliseconds. */
  durationMs: number;
}

const DEFAULT_KEEP_BYTES = 65_536;
const MAX_KEEP_BYTES = 1_048_576;

function keepBytesOf({ keepBytes = DEFAULT_KEEP_BYTES }: CommandRequest): number {
  if (Number.isInteger(keepBytes) && keepBytes >= 0 && keepBytes <= MAX_KEEP_BYTES) return keepBytes;
  throw ApplicationFailure.nonRetryable(
    `keepBytes is ${JSON.stringify(keepBytes)}: a whole number from 0 to ${MAX_KEEP_BYTES}`,
    'OPTION_INVALID',
  );
}

/**
 * A ready-made activity that runs one command to its end. Like any process of an activity, the command is killed, with
 * everything it started, when the activity ends early.
 *
 * @throws ApplicationFailure `OPTION_INVALID`, `COMMAND_NOT_FOUND`, not retryable
 * @throws ApplicationFailure `COMMAND_FAILED`, retried as the retry policy says; its details hold the {@link CommandResult}
 */
export async function runCommand(command: CommandRequest): Promise<CommandResult> {
  const { file, args = [], cwd, env, input } = command;
  const keepBytes = keepBytesOf(command);
  const { execa } = await import('execa');
  const stdout = new OutputTail(keepBytes);
  const stderr = new OutputTail(keepBytes);
  const stdin = input === undefined ? ({ stdin: 'ignore' } as const) : { input };
  const subprocess = execa(file, args, { cwd, env, reject: false, buffer: false, ...stdin });
  subprocess.stdout?.on('data', (chunk: Buffer) => stdout.add(chunk));
  subprocess.stderr?.on('data', (chunk: Buffer) => stderr.add(chunk));
  const { exitCode, signal, code, cwd: usedCwd, durationMs, shortMessage } = await subprocess;

  if (code === 'ENOENT' || code === 'EACCES') {
    throw ApplicationFailure.nonRetryable(`Cannot run "${file}" in "${usedCwd}": ${code}`, 'COMMAND_NOT_FOUND');
  }
  const result = { exitCode: exitCode ?? -1, stdout: stdout.text(), stderr: stderr.text(), durationMs };
  if (exitCode === 0) return result;
  // execa's short message includes the arguments, which may hold secrets
  const end = signal ? `was killed by ${signal}` : exitCode === undefined ? shortMessage : `exited with ${exitCode}`;
  throw ApplicationFailure.create({
    message: `"${file}" ${end}: ${result.stderr.slice(-500)}`,
    type: 'COMMAND_FAILED',
    details: [result],
  });
}
