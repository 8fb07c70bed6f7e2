import { basename } from 'node:path';
import type { AttemptScope } from './attempt-scope';
import { scopeStorage } from './scope-storage';

/**
 * The attempt that owns a process about to start; undefined when no attempt does. Once its function has returned, an attempt
 * owns nothing more, although other work may go on in its async context: tasks of a queue, or a shared helper.
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
