import type { CliContext } from './context';

/** Signals that tell a command to end: by a key, by another program, or because the terminal or the reader is gone. */
export const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The user stopped waiting: exit code 130. */
export class InterruptedError extends Error {
  override readonly name = 'Interrupted';
}

/** Waits for `work` until a SIGINT for which `endAt`, given how many there have been, returns an error. */
async function untilSignalled<T>(
  { signals }: Pick<CliContext, 'signals'>,
  work: Promise<T>,
  endAt: (count: number) => InterruptedError | undefined,
): Promise<T> {
  let onSignal = (): void => undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    let count = 0;
    onSignal = () => {
      const end = endAt(++count);
      if (end) reject(end);
    };
  });
  signals.on('SIGINT', onSignal);
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    signals.off('SIGINT', onSignal);
  }
}

/**
 * Waits for `work` until a second SIGINT. The first SIGINT only tells the user that the work continues on the server.
 */
export function runInterruptible<T>(
  context: Pick<CliContext, 'signals' | 'stderr'>,
  goesOn: string,
  work: Promise<T>,
): Promise<T> {
  return untilSignalled(context, work, (count) => {
    if (count > 1) return new InterruptedError(goesOn);
    context.stderr.write(`\n${goesOn} Press Ctrl-C again to stop waiting.\n`);
    return undefined;
  });
}

/** Waits until the first SIGINT for `work` that only reads. */
export function readInterruptible<T>(context: Pick<CliContext, 'signals'>, work: Promise<T>): Promise<T> {
  return untilSignalled(context, work, () => new InterruptedError('Nothing was killed.'));
}
