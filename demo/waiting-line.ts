/** Shows on a terminal what the program is waiting for. */
export async function waitingLine(): Promise<(text: string) => void> {
  const { isTTY, columns } = process.stderr;
  if (!isTTY || !(columns > 0)) return () => undefined;
  const { default: ora } = await import('ora'); // ESM only
  // discardStdin would put the terminal into raw mode and take Ctrl-C away
  const spinner = ora({ stream: process.stderr, discardStdin: false });
  const write = console.log.bind(console);
  console.log = (...args: unknown[]) => {
    const { isSpinning } = spinner;
    spinner.stop();
    write(...args);
    if (isSpinning) spinner.start();
  };
  return (text) => (text === '' ? spinner.stop() : spinner.start(text));
}
