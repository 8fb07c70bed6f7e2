import { ChildProcess } from 'node:child_process';
import { basename } from 'node:path';
import type { ChildUser } from './changes-user';
import { ownerOf } from './owner';

/** The options that reach `ChildProcess.prototype.spawn`, after `child_process.spawn` has normalised them. */
interface RawSpawnOptions extends ChildUser {
  file: string;
  /** Absent when the prototype's method is called directly. */
  args?: string[];
  envPairs?: string[];
  detached?: boolean;
}

type RawSpawn = (this: ChildProcess, options: RawSpawnOptions, ...rest: unknown[]) => unknown;

type Track = (child: ChildProcess, original: RawSpawn, options: RawSpawnOptions, rest: unknown[]) => unknown;

const HOOK = Symbol.for('temporal-reaper.spawn-hook');
const prototype = ChildProcess.prototype as unknown as { spawn: RawSpawn & { [HOOK]?: { track: Track } } };

const track: Track = (child, original, options, rest) => {
  const { file, args = [file] } = options;
  const scope = ownerOf(file, args.slice(1));
  if (!scope) return original.call(child, options, ...rest);

  const envPairs = options.envPairs ?? Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
  const detached = options.detached || (scope.ownSession && process.platform !== 'win32');
  const given = { ...options, detached, envPairs: [...envPairs, `${scope.marker.name}=${scope.marker.value}`] };
  const result = scope.runSpawn(
    () => original.call(child, given, ...rest),
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
 * early. Outside an attempt it costs one look-up. Idempotent; of several copies of this package, the latest runs in the hook
 * of the first. Wrappers that others install later stay in place.
 */
export function installSpawnHook(): void {
  const original = prototype.spawn;
  if (original[HOOK]) {
    original[HOOK].track = track;
    return;
  }
  const hook = { track };
  const trackedSpawn: RawSpawn = function (options, ...rest) {
    return hook.track(this, original, options, rest);
  };
  prototype.spawn = Object.defineProperty(trackedSpawn, HOOK, { value: hook });
}
