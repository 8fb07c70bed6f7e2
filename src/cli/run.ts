import { CommanderError } from 'commander';
import type { CliContext } from './context';
import { EXIT, type ExitCode } from './exit-codes';
import { createProgram } from './program';

/** The Temporal CLI puts its own global option in front of the command: `temporal reaper ps -o json` comes as `-o json ps`. */
function commandFirst(argv: string[]): string[] {
  return argv[0] === '-o' || argv[0] === '--output' ? [...argv.slice(2), ...argv.slice(0, 2)] : argv;
}

/** Runs one command line, without the program's name; never exits the process. */
export async function run(argv: string[], context: CliContext): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const program = createProgram(context, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(commandFirst(argv), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed it. Help and version that were asked for have 0; no command at all is bad usage.
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  return code;
}
