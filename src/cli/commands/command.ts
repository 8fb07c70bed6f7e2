import type { CliContext } from '../context';
import type { ExitCode } from '../exit-codes';
import type { Command } from 'commander';

/** Adds a command to the program; it says by `exit` with what to exit. */
export type AddCommand = (program: Command, context: CliContext, exit: (code: ExitCode) => void) => void;
