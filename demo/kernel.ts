/**
 * Reads the kernel's view with code of the demo's own, so that the library is not its own witness.
 * Every process of a demo run carries the variable DEMO_RUN; those that an activity started also carry DEMO_JOB.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Seen {
  pid: number;
  /** Start time; together with the pid it identifies a process. Empty without /proc. */
  startTicks: string;
  ppid: number;
  pgid: number;
  name: string;
  /** The activity that started it; undefined for workers, server and watchdog. */
  job?: string;
}

export const hasProc = existsSync('/proc/self/environ');
export const witness = hasProc
  ? '/proc'
  : 'ps, because there is no /proc; it hides the environment of programs that the system protects';

/** The living processes of a demo run; zombies count as dead. */
export function processesOf(run: string): Seen[] {
  return hasProc ? fromProc(run) : fromPs(run);
}

function fromProc(run: string): Seen[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.flatMap((pid) => {
    const environment = procFile(pid, 'environ')?.split('\0');
    if (!environment?.includes(`DEMO_RUN=${run}`)) return [];
    const stat = procFile(pid, 'stat');
    if (!stat) return [];
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const [state, ppid, pgid, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return [];
    const job = environment.find((entry) => entry.startsWith('DEMO_JOB='))?.slice('DEMO_JOB='.length);
    return [{ pid, startTicks: rest[16], ppid: Number(ppid), pgid: Number(pgid), name, job }];
  });
}

function procFile(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined; // exited meanwhile, or another user's
  }
}

function fromPs(run: string): Seen[] {
  const text = execFileSync('ps', ['-AEww', '-o', 'pid=,ppid=,pgid=,state=,command='], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  return text.split('\n').flatMap((line) => {
    const [, pid, ppid, pgid, state, command] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (!command?.includes(`DEMO_RUN=${run}`) || state.startsWith('Z')) return [];
    const name = command.split(' ')[0].split('/').at(-1) ?? '';
    const job = / DEMO_JOB=(\S+)/.exec(command)?.[1];
    return [{ pid: Number(pid), startTicks: '', ppid: Number(ppid), pgid: Number(pgid), name, job }];
  });
}

/** Kills every process of the run at once; returns those that still live after three seconds. */
export async function sweep(run: string, isSpared: (seen: Seen) => boolean): Promise<Seen[]> {
  const deadline = Date.now() + 3_000;
  for (;;) {
    const left = processesOf(run).filter((seen) => !isSpared(seen));
    if (left.length === 0 || Date.now() > deadline) return left;
    for (const { pid } of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        continue; // exited meanwhile
      }
    }
    await sleep(20);
  }
}
