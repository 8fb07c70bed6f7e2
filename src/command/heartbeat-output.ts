import { asyncLocalStorage } from '@temporalio/activity';
import type { CommandProgress } from '../contract/command';
import type { CommandOutput } from './command-output';
import { LastMatch } from './last-match';
import { OutputTail } from './output-tail';

/** Longest time between two heartbeats, in ms; the SDK sends fewer, at most one for each 0.8 of the timeout. */
const BEAT_MS = 1_000;
const TAIL_BYTES = 4_096;

/** The tails of a running command's outputs, for its heartbeats. */
export class OutputProgress {
  readonly stdout = new OutputTail(TAIL_BYTES);
  readonly stderr = new OutputTail(TAIL_BYTES);
  private readonly match: LastMatch | undefined;
  private latest: string | undefined;

  /** @param pattern see {@link CommandProgress.progress} */
  constructor(pattern: string | undefined) {
    this.match = pattern === undefined ? undefined : new LastMatch(pattern);
  }

  read(outputs: Record<'stdout' | 'stderr', Pick<CommandOutput, 'bytes'>>): Omit<CommandProgress, 'attempt'> {
    const [out, err] = [this.stdout.soFar(), this.stderr.soFar()];
    for (const { text } of [out, err]) this.latest = this.match?.in(text) ?? this.latest;
    const { latest: progress } = this;
    const stdoutBytes = outputs.stdout.bytes - out.unfinished;
    const stderrBytes = outputs.stderr.bytes - err.unfinished;
    return {
      stdout: out.text,
      stderr: err.text,
      stdoutBytes,
      stderrBytes,
      ...(progress !== undefined && { progress }),
    };
  }
}

/**
 * Heartbeats while a command runs, so that the attempt does not time out, and the details show the command's output in the
 * UI and to `temporal workflow describe`. Without a heartbeat timeout the SDK sends them every 30 s. Does nothing outside an
 * activity, and in a local one.
 *
 * @param progress read for each heartbeat
 * @returns a function that ends the heartbeats
 */
export function heartbeatOutput(progress: () => Omit<CommandProgress, 'attempt'>): () => void {
  const context = asyncLocalStorage.getStore();
  if (!context || context.info.isLocal) return () => undefined;
  const timeoutMs = context.info.heartbeatTimeoutMs || Infinity;
  const { attempt } = context.info;
  const beat = (): void => context.heartbeat({ attempt, ...progress() } satisfies CommandProgress);
  const timer = setInterval(beat, Math.min(BEAT_MS, timeoutMs / 3));
  return () => clearInterval(timer);
}
