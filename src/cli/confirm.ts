import { createInterface } from 'node:readline';
import type { CliContext } from './context';
import { UsageError } from './usage-error';

/**
 * Asks on the terminal; anything but yes, Ctrl-D and Ctrl-C included, is no.
 *
 * @throws UsageError when there is no terminal to ask on
 */
export async function askToConfirm(
  { stdin, stderr }: Pick<CliContext, 'stdin' | 'stderr'>,
  question: string,
): Promise<boolean> {
  if (stdin.isTTY !== true || stderr.isTTY !== true) {
    throw new UsageError('There is no terminal to ask for confirmation: pass --yes');
  }
  const terminal = createInterface({ input: stdin, output: stderr });
  const answer = await new Promise<string>((resolve) => {
    terminal.once('close', () => resolve(''));
    terminal.question(`${question} [y/N] `, resolve);
  });
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
