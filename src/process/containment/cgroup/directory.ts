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

/** Error codes of operations on a cgroup that is gone or being removed. */
const GONE = ['ENOENT', 'ENODEV'];

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (GONE.includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** The names of its sub-cgroups; empty when it is gone. */
export function subCgroups(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).flatMap((each) => (each.isDirectory() ? [each.name] : []));
  } catch (error) {
    if (GONE.includes(errorCode(error) ?? '')) return [];
    throw error;
  }
}

/** A cgroup and all cgroups below it, deepest first. */
export function cgroupSubtree(directory: string): string[] {
  return [...subCgroups(directory).flatMap((name) => cgroupSubtree(join(directory, name))), directory];
}

/** Creates it and any missing parents below `top`. Node's own recursive mkdir hides the cause of a failure. */
export function makeCgroup(directory: string, top: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || directory === top) throw error;
    makeCgroup(dirname(directory), top);
    mkdirSync(directory);
  }
}

export function cgroupExists(directory: string): boolean {
  return existsSync(directory);
}

/** Whether the kernel reports a living process in it or below it. A zombie does not count. */
export function isPopulated(directory: string): boolean {
  return /^populated 1$/m.test(readFile(join(directory, 'cgroup.events')) ?? '');
}

/** The processor time of everything that has ever run in it or below it, in ms; undefined when it is gone. */
export function cpuMsOf(directory: string): number | undefined {
  const microseconds = /^usage_usec (\d+)$/m.exec(readFile(join(directory, 'cpu.stat')) ?? '')?.[1];
  return microseconds === undefined ? undefined : Number(microseconds) / 1_000;
}

/** The processes directly in this cgroup. Those of another PID namespace show as 0 and are left out. */
export function pidsOf(directory: string): number[] {
  try {
    const procs = readFile(join(directory, 'cgroup.procs')) ?? '';
    return procs.split('\n').flatMap((line) => (Number(line) > 0 ? Number(line) : []));
  } catch (error) {
    // A threaded cgroup does not list processes: its domain does.
    if (errorCode(error) === 'EOPNOTSUPP' || errorCode(error) === 'ENOTSUP') return [];
    throw error;
  }
}

/** The processes in it and below it. */
export function pidsIn(directory: string): number[] {
  return cgroupSubtree(directory).flatMap(pidsOf);
}

/** Sends SIGKILL to everything in it and below it, atomically: even to processes that fork, are frozen, or just moved in. */
export function killAll(directory: string): void {
  write(join(directory, 'cgroup.kill'), '1');
}

/** Unfreezes it and all below it: frozen processes act on no signal but SIGKILL. */
export function thawCgroup(directory: string): void {
  for (const each of cgroupSubtree(directory)) {
    if (/^1/.test(readFile(join(each, 'cgroup.freeze')) ?? '')) write(join(each, 'cgroup.freeze'), '0');
  }
}

/** Never creates the file, and never opens it for reading: cgroup.kill is write-only. */
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

/** Removes it if it has no processes and no sub-cgroups. Returns false when it stays. */
export function removeIfEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch (error) {
    return GONE.includes(errorCode(error) ?? '');
  }
}

/** Removes it and everything below it. Returns false when something lives there, or may not be removed, and so stays. */
export function removeCgroup(directory: string): boolean {
  return cgroupSubtree(directory).map(removeIfEmpty).every(Boolean);
}
