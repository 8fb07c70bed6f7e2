import type { CliContext } from '../context';
import type { Command } from 'commander';

/** Adds a command to the program. The command reports its exit code through `exit`. */
export type AddCommand = (program: Command, context: CliContext, exit: (code: number) => void) => void;
