import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import type { Command } from '../process/containment/enclosure';
import { type AttemptScope, scopeStorage } from './attempt-scope';
import { currentOutside } from './outside';
import { ownerOf } from './owner';
import { type SyncCommand, type SyncName, isWellFormed, parseSync, restoreError, startOf } from './sync-command';

type SyncCall = (...args: unknown[]) => unknown;

const HOOKED = Symbol.for('temporal-reaper.sync-hook');

interface SpawnSyncResult {
  pid?: number;
  error?: Error;
}

/** Node passes on what an environment inherits from its prototype too. */
function withInherited(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const all: NodeJS.ProcessEnv = {};
  for (const name in env) all[name] = env[name];
  return all;
}

/** The call with what tracking adds to its options. */
function tracked(args: unknown[], name: SyncName, scope: AttemptScope): SyncCommand {
  const command = parseSync(name, args);
  const { options } = command;
  return {
    ...command,
    options: {
      ...options,
      // Not in Node's documentation, but in its binding: the call's children get a group that a kill can take at once.
      detached: options.detached ?? (scope.ownSession && process.platform !== 'win32'),
      env: { ...withInherited(options.env ?? process.env), [scope.markerName]: scope.markerValue },
    },
  };
}

function callOutside<T>(call: () => T): T {
  const outside = currentOutside();
  return outside ? outside.callSync(call) : call();
}

function syncOwnerOf(name: SyncName, args: unknown[]): AttemptScope | undefined {
  if (!scopeStorage.getStore()) return undefined;
  const { file, args: given } = startOf(parseSync(name, args), {});
  return ownerOf(file, given.slice(1));
}

function hook(name: SyncName): void {
  const exports = childProcess as unknown as Record<SyncName, SyncCall & { [HOOKED]?: true }>;
  const original = exports[name];
  if (original[HOOKED]) return;
  const { execFileSync } = exports;
  const hooked: SyncCall = function (this: unknown, ...args) {
    // What Node refuses, it refuses better.
    if (scopeStorage.getStore() && !isWellFormed(args)) return original.apply(this, args);
    const scope = syncOwnerOf(name, args);
    if (!scope) return callOutside(() => original.apply(this, args));
    const given = tracked(args, name, scope);
    const { file, options } = given;
    const start = startOf(given, options.env ?? {});
    const call = (command: Command): unknown => {
      if (command === start)
        return original.apply(this, name === 'execSync' ? [file, options] : [file, given.args, options]);
      // A shell would be given one more shell to start.
      const caller = name === 'execSync' ? execFileSync : original;
      const other = { ...options, shell: false, argv0: command.args[0] };
      try {
        const result = caller.call(this, command.file, command.args.slice(1), other);
        restoreError((result as SpawnSyncResult | null)?.error, given, start, command);
        return result;
      } catch (error) {
        restoreError(error, given, start, command);
        throw error;
      }
    };
    return scope.runSync(start, call, (result) => (result as SpawnSyncResult | null)?.pid !== 0);
  };
  Object.defineProperty(hooked, HOOKED, { value: true });
  Object.defineProperty(hooked, 'name', { value: name });
  exports[name] = hooked;
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
