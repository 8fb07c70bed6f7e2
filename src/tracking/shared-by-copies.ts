import { ChildProcess } from 'node:child_process';

/**
 * A value that all copies of this package in a process share, kept on Node's own class: the hooks are one for the process,
 * but a global is not. Each test file of Jest has a `globalThis` of its own and loads this package anew.
 *
 * @param make called once, by the first copy
 */
export function sharedByCopies<T>(name: string, make: () => T): T {
  const shared = ChildProcess as unknown as Record<symbol, T | undefined>;
  return (shared[Symbol.for(`temporal-reaper.${name}`)] ??= make());
}
