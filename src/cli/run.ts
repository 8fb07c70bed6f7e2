import { CommanderError } from 'commander';
import type { CliContext } from './context';
import { EXIT, type ExitCode } from './exit-codes';
import { createProgram } from './program';

/** Runs one command line, without the program's name; never exits the process. */
export async function run(argv: string[], context: CliContext): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const program = createProgram(context, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed it. Help and version that were asked for have 0; no command at all is bad usage.
    return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  }
  return code;
}
