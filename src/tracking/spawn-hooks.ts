import { ChildProcess } from 'node:child_process';
import { basename } from 'node:path';
import type { ChildUser } from './changes-user';
import { type Hook, installHook } from './install-hook';
import { ownerOf } from './owner';

/** The options that reach `ChildProcess.prototype.spawn`, after `child_process.spawn` has normalised them. */
interface RawSpawnOptions extends ChildUser {
  file: string;
  /** Absent when the prototype's method is called directly. */
  args?: string[];
  envPairs?: string[];
  detached?: boolean;
}

const trackSpawn: Hook = (self, original, args) => {
  const child = self as ChildProcess;
  const [options, ...rest] = args as [RawSpawnOptions, ...unknown[]];
  const { file, args: command = [file] } = options;
  const scope = ownerOf(file, command.slice(1));
  if (!scope) return original.call(child, options, ...rest);

  const envPairs = options.envPairs ?? Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
  const detached = options.detached || (scope.ownSession && process.platform !== 'win32');
  const given = { ...options, detached, envPairs: [...envPairs, `${scope.marker.name}=${scope.marker.value}`] };
  const start = (): unknown => original.call(child, given, ...rest);
  const result = scope.runSpawn(
    () => (scope.spans ? scope.spans.aroundSpawn(child, file, start) : start()),
    () => child.pid,
    detached,
    options,
  );
  const { pid } = child;
  if (pid !== undefined) {
    scope.children.add(child, basename(file));
    child.once('exit', () => scope.processExited(pid));
  }
  return result;
};

/**
 * Hooks the one point that every asynchronous route passes: spawn, exec, execFile, fork, cluster, execa, names imported
 * early. Outside an attempt it costs one look-up. Idempotent, see {@link installHook}.
 */
export function installSpawnHook(): void {
  installHook(ChildProcess.prototype as unknown as { spawn: unknown }, 'spawn', trackSpawn);
}
