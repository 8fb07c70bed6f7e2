import type { CliContext } from './context';

/** Signals that tell a command to end: by a key, by another program, or because the terminal or the reader is gone. */
export const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The user stopped waiting: exit code 130. */
export class InterruptedError extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Waits for `work` until a second SIGINT. The first SIGINT only tells the user that the work continues on the server.
 */
export async function runInterruptible<T>(
  { signals, stderr }: Pick<CliContext, 'signals' | 'stderr'>,
  goesOn: string,
  work: Promise<T>,
): Promise<T> {
  let onSignal = (): void => undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    let count = 0;
    onSignal = () => {
      count++;
      if (count === 1) stderr.write(`\n${goesOn} Press Ctrl-C again to stop waiting.\n`);
      else reject(new InterruptedError(goesOn));
    };
  });
  signals.on('SIGINT', onSignal);
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    signals.off('SIGINT', onSignal);
  }
}

/** Waits for work that only reads until the first SIGINT. */
export async function readInterruptible<T>({ signals }: Pick<CliContext, 'signals'>, work: Promise<T>): Promise<T> {
  let onSignal = (): void => undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    onSignal = () => reject(new InterruptedError('Nothing was killed.'));
  });
  signals.on('SIGINT', onSignal);
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    signals.off('SIGINT', onSignal);
  }
}
