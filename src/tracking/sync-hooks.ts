import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import { type AttemptScope, scopeStorage } from './attempt-scope';

type SyncCall = (...args: unknown[]) => unknown;
type SyncName = 'spawnSync' | 'execSync' | 'execFileSync';

interface SyncOptions {
  env?: NodeJS.ProcessEnv;
  detached?: boolean;
}

const HOOKED = Symbol.for('temporal-reaper.sync-hook');

/** `(file, args?, options?)` or `(command, options?)`: the options are the last plain object, if any. */
function withOptions(args: unknown[], scope: AttemptScope): unknown[] {
  const at = args.findIndex(
    (arg, index) => index > 0 && typeof arg === 'object' && arg !== null && !Array.isArray(arg),
  );
  const given = (at < 0 ? {} : args[at]) as SyncOptions;
  const options: SyncOptions = {
    ...given,
    // Not in Node's documentation, but in its binding: the call's children get a group that a kill can take at once.
    detached: given.detached ?? (scope.ownSession && process.platform !== 'win32'),
    env: { ...(given.env ?? process.env), [scope.markerName]: scope.markerValue },
  };
  return at < 0
    ? [...args.filter((arg) => arg !== undefined && arg !== null), options]
    : args.map((arg, index) => (index === at ? options : arg));
}

function hook(name: SyncName): void {
  const exports = childProcess as unknown as Record<SyncName, SyncCall & { [HOOKED]?: true }>;
  const original = exports[name];
  if (original[HOOKED]) return;
  const tracked: SyncCall = function (this: unknown, ...args) {
    const scope = scopeStorage.getStore();
    if (!scope) return original.apply(this, args);
    return scope.runSync(() => original.apply(this, withOptions(args, scope)));
  };
  Object.defineProperty(tracked, HOOKED, { value: true });
  Object.defineProperty(tracked, 'name', { value: name });
  exports[name] = tracked;
}

/**
 * Wraps the calls that block the main loop. A CommonJS module that took the name out of `child_process` before this ran
 * (`const { execSync } = require(…)`) keeps the unwrapped one; ES imports are updated.
 */
export function installSyncHooks(): void {
  hook('spawnSync');
  hook('execSync');
  hook('execFileSync');
  syncBuiltinESMExports();
}
