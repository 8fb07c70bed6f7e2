import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmdirSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '../../error-code';

/** What an operation on a cgroup finds when it is gone, or going. */
const GONE = ['ENOENT', 'ENODEV'];

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (GONE.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Its sub-cgroups by name; none when it is gone. */
export function subCgroups(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [each.name] : []));
  } catch (error) {
    if (GONE.includes(errorCode(error) ?? '')) return [];
    throw error;
  }
}

/** A cgroup and all below it, the deepest first. */
export function subtree(directory: string): string[] {
  return [...subCgroups(directory).flatMap((name) => subtree(join(directory, name))), directory];
}

/** Makes it, and what is missing between it and `top`. Node's own recursion hides why it failed. */
export function make(directory: string, top: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || directory === top) throw error;
    make(dirname(directory), top);
    mkdirSync(directory);
  }
}

export function exists(directory: string): boolean {
  return existsSync(directory);
}

/** Whether the kernel says that a process lives in it or below it. A zombie does not. */
export function isPopulated(directory: string): boolean {
  return /^populated 1$/m.test(readFile(join(directory, 'cgroup.events')) ?? '');
}

/**
 * Whether a process has ever run in this very cgroup or below it: the kernel accounts its CPU time there, and keeps the
 * sum when it is gone.
 */
export function wasEntered(directory: string): boolean {
  if (isPopulated(directory)) return true;
  const used = /^usage_usec (\d+)$/m.exec(readFile(join(directory, 'cpu.stat')) ?? '')?.[1];
  return Number(used ?? 0) > 0;
}

/** The processes in this very cgroup. Those of another PID namespace show as 0 and are left out. */
export function pidsOf(directory: string): number[] {
  try {
    const procs = readFile(join(directory, 'cgroup.procs')) ?? '';
    return procs.split('\n').flatMap((line) => (Number(line) > 0 ? Number(line) : []));
  } catch (error) {
    // Of a threaded cgroup, the one that it is a part of lists the processes.
    if (errorCode(error) === 'EOPNOTSUPP' || errorCode(error) === 'ENOTSUP') return [];
    throw error;
  }
}

/** The processes in it and below it. */
export function pidsIn(directory: string): number[] {
  return subtree(directory).flatMap(pidsOf);
}

/** Sends SIGKILL to all that is in it and below it, atomically: also to what forks, is frozen, or has just moved in. */
export function killAll(directory: string): void {
  write(join(directory, 'cgroup.kill'), '1');
}

/** What is frozen acts on no other signal than SIGKILL. */
export function thaw(directory: string): void {
  for (const each of subtree(directory)) {
    if (/^1/.test(readFile(join(each, 'cgroup.freeze')) ?? '')) write(join(each, 'cgroup.freeze'), '0');
  }
}

/** Never makes the file, and never opens it for reading: cgroup.kill may only be written. */
function write(path: string, text: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_WRONLY);
    writeSync(fd, text);
  } catch (error) {
    if (!GONE.includes(errorCode(error) ?? '')) throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Removes it when it has no processes and nothing below it. False when it stays. */
export function removeIfEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return GONE.includes(errorCode(error) ?? '');
  }
}

/** Removes it and what is below it. False when something lives there, or may not be removed: that stays. */
export function remove(directory: string): boolean {
  return subtree(directory).map(removeIfEmpty).every(Boolean);
}
