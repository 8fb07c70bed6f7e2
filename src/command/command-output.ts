import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OutputTail } from './output-tail';
import { SecretMask } from './secret-mask';

/** How long the output of an ended command is still read after its last piece, in ms, if a program it has left keeps it open. */
const DRAIN_MS = 250;
/** And at most, in ms, without the time that sinks take: that program may go on writing. */
const DRAIN_AT_MOST_MS = 5_000;
const LOOK_MS = 50;
/** How long a sink may take for one piece once the command has ended, in ms. */
const SINK_MS = 5_000;

/** One more place that the whole output goes to; the next piece waits for its promise. */
export type OutputSink = (chunk: Buffer) => unknown;

/** Reads one output of a command to its end: masks it, keeps tails of it, and passes it on. */
export class CommandOutput {
  /** Bytes so far, masked. */
  bytes = 0;
  /** Resolves when the output has ended, with the error of a sink that failed. */
  readonly ended: Promise<Error | undefined>;
  private readonly mask: SecretMask;
  private failure: Error | undefined;
  private pieces = 0;
  private passing: Promise<void> | undefined;
  /** Ends the wait for the sinks' present piece. */
  private giveUp = (): void => undefined;

  constructor(
    private readonly stream: Readable,
    secrets: string[],
    private readonly tails: OutputTail[],
    private sinks: OutputSink[],
  ) {
    this.mask = new SecretMask(secrets);
    this.ended = this.read();
  }

  /** The command has ended: reads what it has written, and not what a program in the background writes later. */
  async close(): Promise<void> {
    const { stream } = this;
    const closed = finished(stream, { writable: false }).catch(() => undefined); // an error ends it too
    let quietMs = 0;
    for (let leftMs = DRAIN_AT_MOST_MS; !stream.closed && leftMs > 0 && quietMs < DRAIN_MS; leftMs -= LOOK_MS) {
      const { pieces } = this;
      await Promise.race([closed, sleep(LOOK_MS, undefined, { ref: false })]);
      if (!(await this.isPassed())) break;
      quietMs = this.pieces === pieces ? quietMs + LOOK_MS : 0;
    }
    stream.destroy();
    await this.isTaken(this.ended); // what has been read already, and what the mask has held back
  }

  /** Waits until the sinks have taken what they have been given; false if they were given up. */
  private async isPassed(): Promise<boolean> {
    for (let { passing } = this; passing; { passing } = this) {
      if (!(await this.isTaken(passing))) return false;
    }
    return true;
  }

  /** Waits for the sinks, and gives them up if that takes too long. */
  private async isTaken(work: Promise<unknown>): Promise<boolean> {
    const onTime = new AbortController();
    const late = sleep(SINK_MS, true, { ref: false, signal: onTime.signal }).catch(() => false);
    const isLate = await Promise.race([work.then(() => false), late]);
    onTime.abort();
    if (isLate) {
      this.fail(new Error(`nobody has taken it within ${SINK_MS} ms`));
      this.sinks = [];
      this.giveUp();
    }
    return !isLate;
  }

  private async read(): Promise<Error | undefined> {
    try {
      for await (const chunk of this.stream) await this.pass(this.mask.add(chunk as Buffer));
    } catch (error) {
      if (!this.stream.destroyed) this.fail(error); // destroyed: close() has cut it off
    }
    await this.pass(this.mask.end());
    return this.failure;
  }

  private async pass(chunk: Buffer): Promise<void> {
    this.pieces += 1;
    this.bytes += chunk.length;
    for (const tail of this.tails) tail.add(chunk);
    if (chunk.length === 0 || this.sinks.length === 0) return;
    // No promise that outlives the piece: a command may have millions of them.
    this.passing = new Promise((resolve) => {
      this.giveUp = resolve;
      void this.passToSinks(chunk).then(resolve);
    });
    await this.passing;
    this.passing = undefined;
  }

  private async passToSinks(chunk: Buffer): Promise<void> {
    for (const sink of this.sinks) {
      if (!this.sinks.includes(sink)) continue; // given up meanwhile
      try {
        await sink(chunk);
      } catch (error) {
        // The command must not wait for ever for somebody to read its output.
        this.fail(error);
        this.sinks = this.sinks.filter((other) => other !== sink);
      }
    }
  }

  private fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error));
  }
}
