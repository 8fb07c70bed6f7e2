import pc from 'picocolors';
import type { Demo } from './demo';
import { renderSeen } from './render';

/** Resolves with the exit code when something asks this program to end. */
function interruption(): Promise<number> {
  return new Promise((resolve) => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.on(signal, () => resolve(code));
    }
    // The reader of our output is gone.
    process.stdout.on('error', () => resolve(141));
    // npm sends a SIGTERM only to the shell between us, which dies without telling us.
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && resolve(143), 300).unref();
  });
}

/**
 * Runs `show`, ends the demo, and exits with the code that `show` returns. An interruption ends the demo at once, unless
 * `show` waits for it.
 */
export async function showAndExit(
  demo: Demo,
  show: (untilInterrupted: () => Promise<unknown>) => Promise<number>,
): Promise<never> {
  const interrupted = interruption();
  let isAwaited = false;
  let isEnding = false;
  const untilInterrupted = (): Promise<unknown> => {
    isAwaited = true;
    return interrupted;
  };
  const shown = show(untilInterrupted).catch((error: unknown) => {
    if (isEnding) return 1; // it lost its server
    demo.say('');
    console.error(error instanceof Error ? [error.message, error.cause].filter(Boolean).join(': ') : error);
    return 1;
  });
  let code = await Promise.race([shown, interrupted.then((signalled) => (isAwaited ? shown : signalled))]);
  isEnding = true;
  demo.say('Cleaning up');
  const left = await demo.end();
  demo.say('');
  if (left.length > 0) {
    console.log(`${pc.red('Could not be ended:')}\n${renderSeen(left)}`);
    code = 1;
  } else console.log(pc.dim('Server, workers and files of the demo are gone.'));
  process.exit(code);
}
