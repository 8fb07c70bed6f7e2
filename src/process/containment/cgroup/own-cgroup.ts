import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { errorCode } from '../../error-code';

/** A mounted cgroup2 file system, as far as we can see it. */
export interface CgroupMount {
  /** Directory in the file system. */
  mountPoint: string;
  /** The cgroup that is mounted there: not `/` for a bind mount, or for a mount from outside our cgroup namespace. */
  root: string;
}

/** Our own cgroup. */
export interface OwnCgroup extends CgroupMount {
  /** As named in /proc/PID/cgroup. */
  path: string;
  directory: string;
}

/** The cgroup2 path in a /proc/PID/cgroup; undefined when the process is in none that we can name. */
export function cgroupPathIn(text: string): string | undefined {
  return /^0::(\/.*)$/m.exec(text)?.[1];
}

/** The kernel writes space, tab, newline and backslash in a path as octal escapes. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

/** The cgroup2 mounts in a /proc/PID/mountinfo, see proc_pid_mountinfo(5). */
export function cgroupMountsIn(mountinfo: string): CgroupMount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    if (after?.split(' ')[0] !== 'cgroup2') return [];
    const [, , , root, mountPoint] = before.split(' ');
    return [{ root: unescaped(root), mountPoint: unescaped(mountPoint) }];
  });
}

/** The directory where a mount shows a cgroup; undefined when it does not. */
export function directoryIn({ root, mountPoint }: CgroupMount, path: string): string | undefined {
  if (path.split('/').includes('..')) return undefined; // outside our cgroup namespace
  const below = root === '/' ? path : path === root ? '/' : path.startsWith(`${root}/`) ? path.slice(root.length) : '';
  if (below === '') return undefined;
  return below === '/' ? mountPoint : posix.join(mountPoint, below);
}

/** Finds our own cgroup, even in a hybrid layout, or the reason why there is none. */
export function ownCgroup(): OwnCgroup | { obstacle: string } {
  let path: string | undefined;
  let mounts: CgroupMount[];
  try {
    path = cgroupPathIn(readFileSync('/proc/self/cgroup', 'utf8'));
    mounts = cgroupMountsIn(readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch (error) {
    return { obstacle: `/proc does not show our cgroup (${errorCode(error)})` };
  }
  if (path === undefined) return { obstacle: 'this process is in no cgroup of version 2' };
  if (mounts.length === 0) return { obstacle: 'no cgroup2 file system is mounted' };
  for (const mount of mounts) {
    const directory = directoryIn(mount, path);
    if (directory !== undefined && listsUs(directory)) return { ...mount, path, directory };
  }
  return { obstacle: `no cgroup2 mount shows our own cgroup (${path})` };
}

function listsUs(directory: string): boolean {
  try {
    return readFileSync(`${directory}/cgroup.procs`, 'utf8').split('\n').includes(String(process.pid));
  } catch {
    return false; // not mounted there, hidden by another mount, or a threaded cgroup
  }
}
