import { asyncLocalStorage } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { asFailure } from '../contract/as-failure';
import { COMMAND_FAILED, COMMAND_TIMED_OUT } from '../contract/errors';
import { summaryOf, survivalsOf } from '../contract/kill-report';
import { scopeStorage } from '../tracking/scope-storage';
import { environmentOf } from './command-environment';
import { type CommandPolicy, assertAllowed, checkPolicy } from './command-policy';
import { type CheckedCommand, checkCommand } from './command-request';
import type { CommandRequest, CommandResult } from '../contract/command';
import { type EndedCommand, startCommand } from './start-command';

/** The machine may have these again in a moment. */
const SCARCE = ['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE'];
/** How much of an output is in a message or in the log, in characters. */
const SHOWN_CHARACTERS = 500;

/**
 * Makes an activity that runs one command. It ends when the command does, even if a program that the command has left in the
 * background holds its output open. Like any process of an activity, the command is killed, with everything it started, when
 * the activity ends early. It heartbeats by itself, with {@link CommandProgress} as the details.
 *
 * The activity throws an ApplicationFailure:
 * - `OPTION_INVALID`, `COMMAND_NOT_ALLOWED`, `COMMAND_NOT_FOUND`: not retryable
 * - `COMMAND_FAILED`, `COMMAND_TIMED_OUT`: retried as the retry policy says; the first detail is the {@link CommandResult}. A
 *   command that was killed has a {@link KillSummary} as the second, also in the CancelledFailure of a cancelled activity
 *
 * @throws ReaperError `OPTION_INVALID` when the policy cannot be right
 */
export function commandActivity(policy: CommandPolicy = {}): (request: CommandRequest) => Promise<CommandResult> {
  checkPolicy(policy);
  return async (request) => {
    const [command, ended] = await asFailure(async () => {
      const checked = checkCommand(request);
      assertAllowed(policy, checked);
      return [checked, await startCommand(checked, await environmentOf(checked, policy), policy)] as const;
    });
    logKill(command, ended);
    return judge(command, ended);
  };
}

/** A ready-made activity that runs any command, as the worker's user: {@link commandActivity} without a policy. */
export const runCommand = commandActivity();

/** Returns the result, or throws why it is none. */
function judge(command: CheckedCommand, { result, code, cwd, timedOut, sinkError }: EndedCommand): CommandResult {
  const { name, okExitCodes, timeoutMs } = command;
  const { signal, exitCode } = result;
  const hasStarted = signal !== undefined || exitCode >= 0;
  if (!hasStarted && code !== undefined && !SCARCE.includes(code)) {
    throw ApplicationFailure.nonRetryable(`Cannot run ${name} in "${cwd}": ${code}`, 'COMMAND_NOT_FOUND');
  }
  const fail = (type: string, what: string, details: unknown[], cause?: Error) =>
    ApplicationFailure.create({ type, message: `${name} ${what}`, details, cause });
  const output = result.stderr.slice(-SHOWN_CHARACTERS);
  if (timedOut) {
    const late = `has run longer than ${timeoutMs} ms`;
    if ('refused' in timedOut)
      throw fail(COMMAND_TIMED_OUT, `${late} and may still run: ${timedOut.refused}`, [result]);
    const alive = survivalsOf(timedOut.report) > 0 ? ' and may still run' : '';
    throw fail(COMMAND_TIMED_OUT, `${late}${alive}: ${output}`, [result, summaryOf(timedOut.report)]);
  }
  // Whatever its exit code says, its work was cut short.
  if (wasKilled()) throw fail(COMMAND_FAILED, `was killed with its attempt; it ${endOf(result)}: ${output}`, [result]);
  if (sinkError !== undefined) {
    throw fail(
      COMMAND_FAILED,
      `has ended, but not all of its output was taken: ${sinkError.message}`,
      [result],
      sinkError,
    );
  }
  if (okExitCodes.includes(exitCode)) return result;
  throw fail(COMMAND_FAILED, `${hasStarted ? endOf(result) : `did not start: ${code}`}: ${output}`, [result]);
}

/** Whether a kill of the attempt has begun. */
function wasKilled(): boolean {
  return (scopeStorage.getStore()?.door.closings ?? 0) > 0;
}

function endOf({ signal, exitCode }: CommandResult): string {
  return signal === undefined ? `exited with ${exitCode}` : `was ended by ${signal}`;
}

/** The log is the only place that keeps the last output whatever becomes of the attempt, for instance when its run is terminated. */
function logKill({ name }: CheckedCommand, { result, timedOut }: EndedCommand): void {
  const { signal, stdout, stderr } = result;
  if (signal === undefined && !timedOut && !wasKilled()) return;
  const ends = { stdout: stdout.slice(-SHOWN_CHARACTERS), stderr: stderr.slice(-SHOWN_CHARACTERS) };
  asyncLocalStorage.getStore()?.log.warn(`${name} was killed: it ${endOf(result)}`, ends);
}
