import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { asFailure } from './check-request';
import { type CheckedCommand, type CommandRequest, checkCommand } from './command-request';
import { heartbeatOutput } from './heartbeat-output';
import { OutputTail } from './output-tail';

/** The result of a command. */
export interface CommandResult {
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

/** How long the output of an ended command is still read, in ms, while a program that it has left holds the pipe open. */
const DRAIN_MS = 250;
/** The machine may have these again in a moment. */
const SCARCE = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'];
/** How much of the end of each output is in a heartbeat, in bytes of JSON text. */
const PROGRESS_BYTES = 1_000;
/** How much of standard error is in the failure's message, in characters. */
const MESSAGE_CHARACTERS = 500;

/**
 * A ready-made activity that runs one command. It ends when the command does, even if a program that the command has left in
 * the background holds its output open. Like any process of an activity, the command is killed, with everything it started,
 * when the activity ends early. With a heartbeat timeout it heartbeats by itself, with {@link CommandProgress} as the details.
 *
 * @throws ApplicationFailure `OPTION_INVALID`, `COMMAND_NOT_FOUND`, not retryable
 * @throws ApplicationFailure `COMMAND_FAILED`, retried as the retry policy says; its details hold the {@link CommandResult}
 */
export async function runCommand(request: CommandRequest): Promise<CommandResult> {
  const command = await asFailure(() => checkCommand(request));
  const { name, okExitCodes } = command;
  const { result, code, cwd } = await run(command);
  if (code !== undefined && !SCARCE.includes(code) && result.signal === undefined && result.exitCode < 0) {
    throw ApplicationFailure.nonRetryable(`Cannot run ${name} in "${cwd}": ${code}`, 'COMMAND_NOT_FOUND');
  }
  if (okExitCodes.includes(result.exitCode)) return result;
  const { signal, exitCode, stderr } = result;
  const end = signal ? `was killed by ${signal}` : exitCode < 0 ? `did not start: ${code}` : `exited with ${exitCode}`;
  throw ApplicationFailure.create({
    message: `${name} ${end}: ${stderr.slice(-MESSAGE_CHARACTERS)}`,
    type: 'COMMAND_FAILED',
    details: [result],
  });
}

/** Runs a command to its end; `code` says why it did not start. */
async function run({ file, args, cwd, env, input, keepBytes }: CheckedCommand) {
  const { execa } = await import('execa');
  const [stdout, stderr] = [new OutputTail(keepBytes), new OutputTail(keepBytes)];
  const latest = { stdout: new OutputTail(PROGRESS_BYTES), stderr: new OutputTail(PROGRESS_BYTES) };
  const stdin = input === undefined ? ({ stdin: 'ignore' } as const) : { input };
  const subprocess = execa(file, args, { cwd, env, reject: false, buffer: false, ...stdin });
  subprocess.stdout?.on('data', (chunk: Buffer) => [stdout, latest.stdout].forEach((tail) => tail.add(chunk)));
  subprocess.stderr?.on('data', (chunk: Buffer) => [stderr, latest.stderr].forEach((tail) => tail.add(chunk)));
  subprocess.once('exit', () => void closeSoon([subprocess.stdout, subprocess.stderr]));
  const stopBeating = heartbeatOutput(() => ({ stdout: latest.stdout.end().text, stderr: latest.stderr.end().text }));
  const { exitCode = -1, signal, code, cwd: usedCwd, durationMs } = await subprocess.finally(stopBeating);
  const [out, err] = [stdout.end(), stderr.end()];
  const truncated = out.isCut || err.isCut;
  const result: CommandResult = { exitCode, signal, stdout: out.text, stderr: err.text, truncated, durationMs };
  return { result, code, cwd: usedCwd };
}

/** Closes the streams when they have ended, or a moment after the command has. */
async function closeSoon(streams: (Readable | null)[]): Promise<void> {
  const open = streams.filter((stream) => stream !== null && !stream.readableEnded);
  const ended = Promise.all(open.map((stream) => once(stream as Readable, 'close')));
  await Promise.race([ended, sleep(DRAIN_MS, undefined, { ref: false })]).catch(() => undefined); // an error ends it too
  for (const stream of open) stream?.destroy();
}
