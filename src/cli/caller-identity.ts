import { hostname, userInfo } from 'node:os';

/** Who runs the command, as Temporal's own CLI names them: histories and reasons then say more than a pid. */
export function callerIdentity(): string {
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.geteuid?.() ?? 'unknown'}`; // a container's user often has no entry
  }
}
