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

const prototype = ChildProcess.prototype as unknown as { spawn: RawSpawn };
const HOOKED = Symbol.for('temporal-reaper.spawn-hook');

/**
 * Hooks the one point that every asynchronous route passes: spawn, exec, execFile, fork, cluster, execa, names imported
 * early. Outside an attempt it costs one look-up. Idempotent, even between copies of this package; wrappers that others
 * install later stay in place.
 */
export function installSpawnHook(): void {
  const original = prototype.spawn;
  if ((original as { [HOOKED]?: true })[HOOKED]) return;

  const trackedSpawn: RawSpawn = function (options, ...rest) {
    const { file, args = [file] } = options;
    const scope = ownerOf(file, args.slice(1));
    if (!scope) return original.call(this, options, ...rest);

    const envPairs = options.envPairs ?? Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
    const detached = options.detached || (scope.ownSession && process.platform !== 'win32');
    const given = { ...options, detached, envPairs: [...envPairs, `${scope.marker.name}=${scope.marker.value}`] };
    const result = scope.runSpawn(
      () => original.call(this, given, ...rest),
      () => this.pid,
      detached,
      options,
    );
    const { pid } = this;
    if (pid !== undefined) {
      scope.children.add(this, basename(file));
      this.once('exit', () => scope.processExited(pid));
    }
    return result;
  };
  Object.defineProperty(trackedSpawn, HOOKED, { value: true });
  prototype.spawn = trackedSpawn;
}
