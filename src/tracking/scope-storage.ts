import { AsyncLocalStorage } from 'node:async_hooks';
import type { AttemptScope } from './attempt-scope';
import { sharedByCopies } from './shared-by-copies';

/** Holds the attempt on whose behalf code runs, across every await. */
export const scopeStorage = sharedByCopies('attempt-scope', () => new AsyncLocalStorage<AttemptScope>());
