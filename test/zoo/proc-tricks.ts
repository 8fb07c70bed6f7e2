import { execFileSync } from 'node:child_process';
import { release } from 'node:os';
import { NOBODY } from '../helpers/another-user';

export function threadsOf(pid: number): string[] {
  return execFileSync('ls', [`/proc/${pid}/task`], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

export function zombiesOf(ppid: number): number {
  const lines = execFileSync('ps', ['-eo', 'ppid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  return lines.filter((line) => new RegExp(`^\\s*${ppid}\\s+Z`).test(line)).length;
}

/** Never by a remount: that is the whole machine's. Before 5.8 a second mount shared the options of the first. */
export function canHideProc(): boolean {
  const [major, minor] = release().split('.').map(Number);
  if (major < 5 || (major === 5 && minor < 8)) return false;
  try {
    const command = 'mount -t proc -o hidepid=2 proc /proc && setpriv --version';
    execFileSync('unshare', ['--mount', 'sh', '-c', command], { stdio: 'pipe' });
    return true;
  } catch {
    return false; // the test is skipped by name
  }
}

/** A Node that sees nobody's processes but its own user's. */
export function hidingNode(node: string): string {
  const command = `mount -t proc -o hidepid=2 proc /proc && exec setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups "$@"`;
  return `#!/bin/sh\nexec unshare --mount sh -c '${command}' sh '${node}' "$@"\n`;
}
