import { ChildProcess } from 'node:child_process';
import { type EventEmitter, errorMonitor } from 'node:events';
import { basename } from 'node:path';
import type { AttemptSpans } from './attempt-spans';
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
  let span: ReturnType<AttemptSpans['start']> | undefined;
  const start = (): unknown => {
    span = scope.spans?.start(file);
    return original.call(child, given, ...rest);
  };
  let result: unknown;
  try {
    result = scope.runSpawn(start, () => child.pid, detached, options);
  } catch (error) {
    span?.fail(error);
    throw error;
  }
  const { pid } = child;
  if (pid !== undefined) {
    scope.children.add(child, basename(file));
    child.once('exit', (code, signal) => {
      scope.children.delete(child);
      scope.processExited(pid);
      span?.end({ pid, code, signal });
    });
  } else if (span) {
    const failed = span;
    // Heard without listening: an error that nobody listens for must stay unhandled.
    (child as EventEmitter).once(errorMonitor, (error) => failed.fail(error));
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
