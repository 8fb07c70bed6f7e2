import { AsyncLocalStorage } from 'node:async_hooks';
import type { AttemptScope } from './attempt-scope';

// Shared between copies of this package: a process has only one set of hooks.
const STORAGE = Symbol.for('temporal-reaper.attempt-scope');
type Shared = typeof globalThis & { [STORAGE]?: AsyncLocalStorage<AttemptScope> };

/** Holds the attempt on whose behalf code runs, across every await. */
export const scopeStorage: AsyncLocalStorage<AttemptScope> = ((globalThis as Shared)[STORAGE] ??=
  new AsyncLocalStorage<AttemptScope>());
