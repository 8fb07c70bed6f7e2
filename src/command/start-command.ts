import { type Escalation, resolveEscalation } from '../contract/escalation';
import { measureChild } from '../process/native/child-usage';
import { scopeStorage } from '../tracking/scope-storage';
import type { CommandEnvironment } from './command-environment';
import { CommandTimeout, type TimedOut } from './command-timeout';
import { CommandOutput, type OutputSink } from './command-output';
import type { CommandPolicy, OutputStream } from './command-policy';
import type { CheckedCommand } from './command-request';
import type { CommandResult } from '../contract/command';
import { OutputProgress, heartbeatOutput } from './heartbeat-output';
import { type OutputFiles, closeOutputFiles, openOutputFiles } from './output-files';
import { OutputTail } from './output-tail';
import { startedBy } from './started-by';

/** How a command ended. */
export interface EndedCommand {
  result: CommandResult;
  /** Why it did not start. */
  code?: string;
  /** The folder that it was started in. */
  cwd: string;
  /** Set if it ran into its timeout. */
  timedOut?: TimedOut;
  /** The error of a file or of `onOutput`, which then has not received all of its output. */
  sinkError?: Error;
}

/** How this attempt's processes are killed, by the request and otherwise as before. */
function escalationOf({ killSignal: signal, graceMs }: CheckedCommand): Escalation {
  const scope = scopeStorage.getStore();
  const escalation = resolveEscalation({ signal, graceMs }, scope?.escalation);
  if (signal !== undefined || graceMs !== undefined) scope?.setEscalation(escalation);
  return escalation;
}

function sinksOf(stream: OutputStream, files: OutputFiles, { onOutput }: CommandPolicy): OutputSink[] {
  const sinks: OutputSink[] = [];
  const file = files[stream];
  if (file) sinks.push((chunk) => file.appendFile(chunk));
  if (onOutput) sinks.push((chunk) => onOutput(chunk, stream));
  return sinks;
}

/**
 * Runs a command to its end.
 *
 * @throws ReaperError `OPTION_INVALID` when a file for its output cannot be opened
 */
export async function startCommand(
  command: CheckedCommand,
  environment: CommandEnvironment,
  policy: CommandPolicy,
): Promise<EndedCommand> {
  const files = await openOutputFiles(command);
  let ended: EndedCommand;
  try {
    ended = await runToEnd(command, environment, policy, files);
  } catch (error) {
    await closeOutputFiles(files);
    throw error;
  }
  const closeError = await closeOutputFiles(files);
  return { ...ended, sinkError: ended.sinkError ?? closeError };
}

function notStarted(code: string | undefined, cwd = ''): EndedCommand {
  const output = { stdout: '', stderr: '', stdoutBytes: 0, stderrBytes: 0, truncated: false };
  return { result: { exitCode: -1, ...output, durationMs: 0 }, code, cwd };
}

async function runToEnd(
  command: CheckedCommand,
  { variables, secrets }: CommandEnvironment,
  policy: CommandPolicy,
  files: OutputFiles,
): Promise<EndedCommand> {
  const { execa } = await import('execa');
  const { start, cwd, input, keepBytes, timeoutMs } = command;
  const escalation = escalationOf(command);
  const tails = { stdout: new OutputTail(keepBytes), stderr: new OutputTail(keepBytes) };
  const progress = new OutputProgress(command.progress);
  const stdin = input === undefined ? ({ stdin: 'ignore' } as const) : { input };
  const settings = { cwd, env: variables, extendEnv: false, reject: false, buffer: false, ...stdin } as const;
  const started = startedBy(() => execa(...start, settings));
  if ('error' in started) return notStarted((await started.error).code, cwd);
  const subprocess = started.value;
  const takeUsage = measureChild(subprocess.pid);
  const outputOf = (stream: OutputStream): CommandOutput =>
    new CommandOutput(subprocess[stream], secrets, [tails[stream], progress[stream]], sinksOf(stream, files, policy));
  const outputs = { stdout: outputOf('stdout'), stderr: outputOf('stderr') };
  const stopBeating = heartbeatOutput(() => progress.read(outputs));
  const timeout = new CommandTimeout(subprocess.pid, timeoutMs, escalation);
  subprocess.once('exit', () => {
    timeout.lift();
    void Promise.all([outputs.stdout.close(), outputs.stderr.close()]);
  });
  const ended = await Promise.race([subprocess, timeout.survived]);
  timeout.lift();
  const sinkErrors = ended ? await Promise.all([outputs.stdout.ended, outputs.stderr.ended]) : [];
  const timedOut = await timeout.outcome();
  stopBeating();
  const { exitCode = -1, signal, code, cwd: usedCwd = '', durationMs = timeoutMs ?? 0 } = ended ?? {};
  const usage = takeUsage();
  const [out, err] = [tails.stdout.end(), tails.stderr.end()];
  const truncated = out.isCut || err.isCut;
  const result: CommandResult = {
    exitCode,
    signal,
    stdout: out.text,
    stderr: err.text,
    stdoutBytes: outputs.stdout.bytes,
    stderrBytes: outputs.stderr.bytes,
    truncated,
    durationMs: Math.round(durationMs),
    ...usage,
  };
  return { result, code, cwd: usedCwd, timedOut, sinkError: sinkErrors.find((error) => error !== undefined) };
}
