import { basename } from 'node:path';
import { type AttemptScope, scopeStorage } from './attempt-scope';

/**
 * The attempt that owns a process which is about to start; undefined when it is nobody's. A function that has returned
 * owns nothing more, though others may go on in its async context: the tasks of a queue, or a helper for all.
 *
 * @param args without the program's own name
 */
export function ownerOf(file: string, args: readonly string[]): AttemptScope | undefined {
  const scope = scopeStorage.getStore();
  if (!scope || scope.neverTracks(file, args)) return undefined;
  if (!scope.hasReturned) return scope;
  scope.tellOfStranger(basename(file));
  return undefined;
}
