import { hostname } from 'node:os';
import { userName } from './user-name';

/** Who runs the command, as Temporal's own CLI names them: histories and reasons then say more than a pid. */
export function callerIdentity(): string {
  return `${userName() ?? `uid-${process.geteuid?.() ?? 'unknown'}`}@${hostname()}`;
}
