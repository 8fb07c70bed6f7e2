import { readFileSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

// The kernel's own files, read without the code under test.

/** The cgroup2 path of a process; undefined when it is gone. */
export function cgroupOf(pid: number | 'self'): string | undefined {
  try {
    return /^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** Where cgroup2 is mounted; undefined when it is not. */
export const mountPoint = readFileSync('/proc/self/mountinfo', 'utf8')
  .split('\n')
  .find((line) => line.includes(' - cgroup2 '))
  ?.split(' ')[4];

export const ownDirectory = join(mountPoint ?? '/nonexistent', cgroupOf('self') ?? '/');

/** Removes the empty cgroups whose name holds the text, wherever they are, with what is below. */
export function removeCgroupsOf(text: string, directory = mountPoint, isBelow = false): void {
  if (directory === undefined) return;
  try {
    for (const each of readdirSync(directory, { withFileTypes: true })) {
      if (each.isDirectory()) removeCgroupsOf(text, join(directory, each.name), isBelow || each.name.includes(text));
    }
    if (isBelow) rmdirSync(directory);
  } catch {
    return; // gone, or somebody lives in it
  }
}
