type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Runs in place of a hooked function, which it gets as `original`. */
export type Hook = (self: unknown, original: AnyFunction, args: unknown[]) => unknown;

const HOOK = Symbol.for('temporal-reaper.hook');

/**
 * Puts a hook in place of a function of Node's. Idempotent: where a copy of this package has hooked it already, the hook
 * replaces that copy's. Wrappers that others install later stay in place.
 */
export function installHook<Name extends string>(owner: Record<Name, unknown>, name: Name, hook: Hook): void {
  const original = owner[name] as AnyFunction & { [HOOK]?: { hook: Hook } };
  if (original[HOOK]) {
    original[HOOK].hook = hook;
    return;
  }
  const latest = { hook };
  const hooked: AnyFunction = function (...args) {
    return latest.hook(this, original, args);
  };
  Object.defineProperty(hooked, 'name', { value: original.name });
  owner[name] = Object.defineProperty(hooked, HOOK, { value: latest });
}
