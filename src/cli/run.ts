import { CommanderError } from 'commander';
import type { CliContext } from './context';
import { EXIT_CODE } from './exit-codes';
import { createProgram } from './program';

/** The Temporal CLI moves its global option before the command: `temporal reaper ps -o json` arrives as `-o json ps`. */
function commandFirst(argv: string[]): string[] {
  return argv[0] === '-o' || argv[0] === '--output' ? [...argv.slice(2), ...argv.slice(0, 2)] : argv;
}

/** Runs one command line, without the program's name; never exits the process. */
export async function runCli(argv: string[], context: CliContext): Promise<number> {
  let code: number = EXIT_CODE.done;
  const program = createProgram(context, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(commandFirst(argv), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed the error. Requested help and version exit with 0; a missing command is bad usage.
    return error.exitCode === 0 ? EXIT_CODE.done : EXIT_CODE.usage;
  }
  return code;
}
