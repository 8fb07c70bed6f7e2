import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import type { AttemptScope } from './attempt-scope';
import { scopeStorage } from './scope-storage';
import { type Hook, installHook } from './install-hook';
import { ownerOf } from './owner';
import { type SyncName, type SyncOptions, isWellFormed, parseSync, programOf } from './sync-command';

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

function tracks(name: SyncName): Hook {
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
    const { spans } = scope;
    return scope.runSync(spans ? () => spans.aroundSync(program, call) : call, options);
  };
}

/**
 * Wraps the calls that block the main loop. A CommonJS module that took the function out of `child_process` before this ran
 * (`const { execSync } = require(…)`) keeps the unwrapped one; ES imports are updated. Idempotent, see
 * {@link installHook}.
 */
export function installSyncHooks(): void {
  for (const name of ['spawnSync', 'execSync', 'execFileSync'] as const) installHook(childProcess, name, tracks(name));
  syncBuiltinESMExports();
}
