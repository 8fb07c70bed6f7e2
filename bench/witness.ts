import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';

let count = 0;

/**
 * Sees a process tree die without asking the killer: each process holds the write end of a FIFO, and the kernel ends the
 * stream when the last one is gone.
 */
export class DeathWitness {
  readonly path: string;
  /** Resolves when `processes` lines `up` have arrived. */
  readonly up: Promise<void>;
  /** Resolves with the time (`performance.now()`) at which the last process was dead. */
  readonly dead: Promise<number>;

  constructor(folder: string, processes = 1) {
    this.path = join(folder, `fifo-${count++}`);
    execFileSync('mkfifo', [this.path]);
    // Without a writer the stream would end at once, so we hold one until the processes do.
    const held = openSync(this.path, constants.O_RDWR | constants.O_NONBLOCK);
    const stream = new Socket({ fd: openSync(this.path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true });
    let lines = 0;
    this.up = new Promise((resolve) => {
      stream.on('data', (data) => {
        lines += data.toString().split('\n').length - 1;
        if (lines !== processes) return;
        closeSync(held);
        resolve();
      });
    });
    this.dead = new Promise((resolve) => {
      stream.once('end', () => {
        const at = performance.now();
        rmSync(this.path);
        stream.destroy();
        resolve(at);
      });
    });
  }
}
