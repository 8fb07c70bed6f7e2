import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import type { AttemptScope } from './attempt-scope';
import { scopeStorage } from './scope-storage';
import { ownerOf } from './owner';
import { type SyncName, type SyncOptions, isWellFormed, parseSync, programOf } from './sync-command';

type SyncCall = (...args: unknown[]) => unknown;

type Track = (self: unknown, original: SyncCall, args: unknown[]) => unknown;

const HOOK = Symbol.for('temporal-reaper.sync-hook');

/** Node also passes on the variables that an environment inherits from its prototype. */
function withInherited(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const all: NodeJS.ProcessEnv = {};
  for (const name in env) all[name] = env[name];
  return all;
}

/** The options of a call with those that tracking adds. */
function tracked(options: SyncOptions, scope: AttemptScope): SyncOptions {
  return {
    ...options,
    // Undocumented, but Node's binding supports it: the child gets a process group that a kill can signal as a whole.
    detached: options.detached ?? (scope.ownSession && process.platform !== 'win32'),
    env: { ...withInherited(options.env ?? process.env), [scope.marker.name]: scope.marker.value },
  };
}

function trackerOf(name: SyncName): Track {
  return (self, original, args) => {
    // Let Node itself refuse malformed arguments: its errors are better.
    if (!scopeStorage.getStore() || !isWellFormed(args)) return original.apply(self, args);
    const command = parseSync(name, args);
    const [program, ...given] = programOf(command);
    const scope = ownerOf(program, given);
    if (!scope) return original.apply(self, args);
    const options = tracked(command.options, scope);
    const { file } = command;
    const call = (): unknown =>
      original.apply(self, name === 'execSync' ? [file, options] : [file, command.args, options]);
    return scope.runSync(call, options);
  };
}

function install(name: SyncName): void {
  const exports = childProcess as unknown as Record<SyncName, SyncCall & { [HOOK]?: { track: Track } }>;
  const original = exports[name];
  const track = trackerOf(name);
  if (original[HOOK]) {
    original[HOOK].track = track;
    return;
  }
  const hook = { track };
  const hooked: SyncCall = function (this: unknown, ...args) {
    return hook.track(this, original, args);
  };
  Object.defineProperty(hooked, 'name', { value: name });
  exports[name] = Object.defineProperty(hooked, HOOK, { value: hook });
}

/**
 * Wraps the calls that block the main loop. A CommonJS module that took the function out of `child_process` before this ran
 * (`const { execSync } = require(…)`) keeps the unwrapped one; ES imports are updated. Idempotent, like
 * {@link installSpawnHook}.
 */
export function installSyncHooks(): void {
  install('spawnSync');
  install('execSync');
  install('execFileSync');
  syncBuiltinESMExports();
}
