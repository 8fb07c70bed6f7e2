import { type Command, InvalidArgumentError, Option } from 'commander';

const MIN_SECONDS = 1;
const MAX_SECONDS = 3_600;

/** Seconds to ms. */
function parseSeconds(value: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
  if (seconds >= MIN_SECONDS && seconds <= MAX_SECONDS) return seconds * 1000;
  throw new InvalidArgumentError(`Give seconds from ${MIN_SECONDS} to ${MAX_SECONDS}.`);
}

/** Adds `--watch`; its value is in ms. */
export function addWatchOption(command: Command): Command {
  return command.addOption(
    new Option('--watch [seconds]', 'list again and again, this long after each list')
      .preset('2')
      .argParser(parseSeconds),
  );
}
