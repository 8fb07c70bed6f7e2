import { createInterface } from 'node:readline';
import type { CliContext } from './context';
import { UsageError } from './usage-error';

type Terminal = Pick<CliContext, 'stdin' | 'stderr'>;

/** @throws UsageError when there is no terminal to ask on */
export function assertCanAsk({ stdin, stderr }: Terminal): void {
  if (stdin.isTTY === true && stderr.isTTY === true) return;
  throw new UsageError('There is no terminal to ask for confirmation: pass --yes');
}

/**
 * Asks on the terminal; anything but yes, Ctrl-D and Ctrl-C included, is no.
 *
 * @throws UsageError when there is no terminal to ask on
 */
export async function askToConfirm({ stdin, stderr }: Terminal, question: string): Promise<boolean> {
  assertCanAsk({ stdin, stderr });
  const terminal = createInterface({ input: stdin, output: stderr });
  const answer = await new Promise<string>((resolve) => {
    terminal.once('close', () => resolve(''));
    terminal.question(`${question} [y/N] `, resolve);
  });
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
