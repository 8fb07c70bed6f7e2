import { type Payload, defaultPayloadConverter } from '@temporalio/common';
import type { CommandProgress, CommandResult } from '../contract/command';
import { ReaperError } from '../contract/errors';
import type { KillSummary } from '../contract/kill-report';
import type { ActivityEnd } from '../server/activity-end';

/** How a command has ended. */
export interface CommandEnd {
  type: 'end';
  /**
   * `completed`, `failed`, `cancelled` or `timed-out`, as the activity; or the status of its run, for instance `TERMINATED`,
   * if that closed first.
   */
  how: string;
  /** Undefined when it has left none: at a timeout, or when it never ran. */
  result?: CommandResult;
  /** What a kill did, if it was killed. */
  kill?: KillSummary;
  /** Why it failed: the code, and a message. */
  code?: string;
  message?: string;
}

/** What a reader of a command's output is told. */
export type CommandNews =
  /** No worker has taken it yet. */
  | { type: 'waiting' }
  /** A retry has begun: its output starts anew. */
  | { type: 'attempt'; attempt: number }
  /** The server does not answer; asked again until it does. */
  | { type: 'outage'; message: string }
  /** More output. `missedBytes`: how much came before it that no heartbeat showed. */
  | { type: 'output'; stream: 'stdout' | 'stderr'; text: string; missedBytes: number }
  | CommandEnd;

/** What both the details of a heartbeat and the result have. */
type Tails = Pick<CommandProgress, 'stdout' | 'stderr' | 'stdoutBytes' | 'stderrBytes'>;

/** @throws ReaperError `PAYLOAD_UNREADABLE` for what a codec has encoded */
function decode(payload: Payload | undefined): unknown {
  if (!payload) return undefined;
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch (error) {
    const encoding = Buffer.from(payload.metadata?.encoding ?? []).toString();
    const message = `The output is encoded as "${encoding}", by a payload codec perhaps, which cannot be read here: read it in the Temporal UI`;
    throw new ReaperError('PAYLOAD_UNREADABLE', message, { cause: error });
  }
}

function isTails(value: unknown): value is Tails {
  const { stdout, stderr, stdoutBytes, stderrBytes } = (value ?? {}) as Record<string, unknown>;
  return (
    typeof stdout === 'string' &&
    typeof stderr === 'string' &&
    typeof stdoutBytes === 'number' &&
    typeof stderrBytes === 'number'
  );
}

/** Reads what may be of another activity, in any encoding: undefined if it cannot be read. */
export function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ReaperError && error.code === 'PAYLOAD_UNREADABLE') return undefined;
    throw error;
  }
}

/** The details of a running command's heartbeat; undefined for those of another activity. */
export function progressIn(payload: Payload | undefined): CommandProgress | undefined {
  const value = decode(payload);
  return isTails(value) && 'attempt' in value ? (value as CommandProgress) : undefined;
}

/** The end of a command, and its output as far as it is kept; undefined for another activity. */
export function commandEndIn(end: ActivityEnd): { end: CommandEnd; tails: Tails | undefined } | undefined {
  const { kind, payloads, failureType, message } = end;
  const value = decode(payloads[0]);
  const isCommand = isTails(value) || failureType?.startsWith('COMMAND_');
  if (!isCommand) return undefined;
  const tails = isTails(value) ? value : undefined;
  const result = kind !== 'timed-out' && tails ? (tails as CommandResult) : undefined;
  const kill = kind === 'completed' ? undefined : (decode(payloads[1]) as KillSummary | undefined);
  return { tails, end: { type: 'end', how: kind, result, kill, code: failureType, message } };
}

/** How many bytes of the output a character stands for. What is not UTF-8 is decoded to one U+FFFD for each byte. */
function bytesOf(character: string): number {
  return character === '\ufffd' ? 1 : Buffer.byteLength(character);
}

/** The part of a stream's kept end that a reader of `seen` bytes has not seen, and how much is missing before it. */
export function unseenOf(tail: string, total: number, seen: number): { text: string; missedBytes: number } {
  const characters = [...tail];
  let left = total - seen;
  let from = characters.length;
  while (from > 0 && left >= bytesOf(characters[from - 1])) left -= bytesOf(characters[--from]);
  const missedBytes = from === 0 ? Math.max(0, left) : 0;
  return { text: characters.slice(from).join(''), missedBytes };
}

/** How much of a command's output a reader has seen. */
export class SeenOutput {
  private seen = { stdout: 0, stderr: 0 };

  /** Another attempt has begun: its output starts anew. */
  reset(): void {
    this.seen = { stdout: 0, stderr: 0 };
  }

  /** The news in these tails. */
  take(tails: Tails): CommandNews[] {
    // Less than before: it is of an attempt whose begin nobody has seen.
    if (tails.stdoutBytes < this.seen.stdout || tails.stderrBytes < this.seen.stderr) this.reset();
    return (['stdout', 'stderr'] as const).flatMap((stream) => {
      const total = tails[`${stream}Bytes`];
      const { text, missedBytes } = unseenOf(tails[stream], total, this.seen[stream]);
      this.seen[stream] = total;
      return text === '' && missedBytes === 0 ? [] : [{ type: 'output' as const, stream, text, missedBytes }];
    });
  }
}
