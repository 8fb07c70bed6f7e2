import { constants } from 'node:os';
import type { CommandEnd } from '../client';
import { EXIT_CODE } from './exit-codes';

/** The exit code of a shell that ran the command: its own, or 128 + the signal; 1 if it left no result. */
export function exitCodeOfCommand({ result }: CommandEnd): number {
  if (!result) return EXIT_CODE.refused;
  const { exitCode, signal } = result;
  if (signal !== undefined) return 128 + ((constants.signals as Record<string, number>)[signal] ?? 0);
  return exitCode < 0 ? EXIT_CODE.refused : exitCode;
}
