import { userInfo } from 'node:os';

/** The name of our user; undefined if it has none: a container's user often has no entry. */
export function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
