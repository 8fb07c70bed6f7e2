import type { CliContext } from './context';

/** Shows a spinner on stderr, unless stderr is no terminal or `isWanted` is false. Returns a function that stops it. */
export async function startSpinner(
  { stderr }: Pick<CliContext, 'stderr'>,
  isWanted: boolean,
  text: string,
): Promise<() => void> {
  if (!isWanted || stderr.isTTY !== true || !stderr.columns) return () => undefined;
  // a terminal of width 0 sends ora into an endless redraw
  const { default: ora } = await import('ora'); // ESM only
  // discardStdin would put the terminal into raw mode and take Ctrl-C away
  const spinner = ora({ text, stream: stderr, discardStdin: false }).start();
  return () => spinner.stop();
}
