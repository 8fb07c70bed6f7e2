import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { allPids, isRunning, startTicks } from '../helpers/kernel-oracle';

export interface Seen {
  pid: number;
  ticks?: string;
  name: string;
}

/** Living processes that have to do with the folder, by the kernel's word: command line, environment, folder, open files. */
export function processesOf(dir: string): Seen[] {
  return allPids()
    .filter((pid) => isRunning(pid) && texts(pid).some((text) => text.includes(dir)))
    .map((pid) => ({ pid, ticks: startTicks(pid), name: nameOf(pid) }));
}

function nameOf(pid: number): string {
  const name = unlessGone(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ?? '';
  return name.startsWith('escapee') ? 'escapee' : name;
}

function texts(pid: number): string[] {
  const files = ['cmdline', 'environ'].map((file) => unlessGone(() => readFileSync(`/proc/${pid}/${file}`, 'utf8')));
  const fds = unlessGone(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  const links = ['cwd', ...fds.map((fd) => `fd/${fd}`)].map((link) =>
    unlessGone(() => readlinkSync(`/proc/${pid}/${link}`)),
  );
  return [...files, ...links].filter((text) => text !== undefined);
}

function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(code)) return undefined;
    throw error;
  }
}
