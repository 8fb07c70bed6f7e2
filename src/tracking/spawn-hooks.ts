import { ChildProcess } from 'node:child_process';
import { currentOutside } from './outside';
import { ownerOf } from './owner';

/** The options that reach `ChildProcess.prototype.spawn`, after `child_process.spawn` has normalised them. */
interface RawSpawnOptions {
  file: string;
  /** Absent where somebody calls the prototype's method directly. */
  args?: string[];
  cwd?: string | null;
  uid?: number | null;
  gid?: number | null;
  envPairs?: string[];
  detached?: boolean;
}

type RawSpawn = (this: ChildProcess, options: RawSpawnOptions, ...rest: unknown[]) => unknown;

const prototype = ChildProcess.prototype as unknown as { spawn: RawSpawn };
const HOOKED = Symbol.for('temporal-reaper.spawn-hook');

function spawnOutside<T>(child: ChildProcess, call: () => T): T {
  const outside = currentOutside();
  if (!outside) return call();
  const result = outside.spawn(call, () => child.pid);
  const { pid } = child;
  if (pid !== undefined) child.once('exit', () => outside.exited(pid));
  return result;
}

/**
 * Hooks the one point that every asynchronous route passes: spawn, exec, execFile, fork, cluster, execa, names imported
 * early. Outside an attempt it costs one look-up. Idempotent, also between copies of this package; later wrappers of
 * others stay in place.
 */
export function installSpawnHook(): void {
  const original = prototype.spawn;
  if ((original as { [HOOKED]?: true })[HOOKED]) return;

  const trackedSpawn: RawSpawn = function (options, ...rest) {
    const { file, args = [file], cwd, uid, gid } = options;
    const scope = ownerOf(file, args.slice(1));
    if (!scope) return spawnOutside(this, () => original.call(this, options, ...rest));

    const envPairs = options.envPairs ?? Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
    const detached = options.detached || (scope.ownSession && process.platform !== 'win32');
    const env = [...envPairs, `${scope.markerName}=${scope.markerValue}`];
    const result = scope.runSpawn(
      { file, args, cwd, uid, gid, env, isSync: false },
      ({ file: started, args: given }) => {
        try {
          return original.call(this, { ...options, file: started, args: given, detached, envPairs: env }, ...rest);
        } finally {
          // Whatever program came first: this is what was asked for, and what errors speak of.
          Object.assign(this, { spawnfile: file, spawnargs: args });
        }
      },
      () => this.pid,
      detached,
    );
    const { pid } = this;
    if (pid !== undefined) this.once('exit', () => scope.processExited(pid));
    return result;
  };
  Object.defineProperty(trackedSpawn, HOOKED, { value: true });
  prototype.spawn = trackedSpawn;
}
