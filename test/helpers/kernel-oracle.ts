import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

// Reads /proc by itself: what is under test must not be its own witness.

export function procFile(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(code)) return undefined;
    throw error;
  }
}

/** The kernel's fields after the name: state, ppid, pgrp, session … */
function fields(pid: number): string[] | undefined {
  const stat = procFile(pid, 'stat');
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

export function stateOf(pid: number): string | undefined {
  return fields(pid)?.[0];
}

export function parentOf(pid: number): number {
  return Number(fields(pid)?.[1]);
}

export function groupOf(pid: number): number {
  return Number(fields(pid)?.[2]);
}

export function sessionOf(pid: number): number {
  return Number(fields(pid)?.[3]);
}

export function startTicks(pid: number): string | undefined {
  return fields(pid)?.[19];
}

/** CPU time that the process has used, in ms; ticks are 10 ms long. */
export function cpuMsOf(pid: number): number {
  const [user, system] = fields(pid)?.slice(11, 13).map(Number) ?? [NaN, NaN];
  return (user + system) * 10;
}

/** Physical memory that the process holds, in bytes. */
export function memoryBytesOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(procFile(pid, 'status') ?? '')?.[1] ?? NaN) * 1024;
}

/** Alive, no zombie, and the very process if its start ticks are given. */
export function isRunning(pid: number, ticks?: string): boolean {
  const state = stateOf(pid);
  if (state === undefined || state === 'Z' || state === 'X') return false;
  return ticks === undefined || startTicks(pid) === ticks;
}

export function allPids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

/** Living processes whose environment holds exactly this variable. */
export function processesWithEnv(name: string, value: string): number[] {
  const entry = `${name}=${value}`;
  return allPids().filter((pid) => isRunning(pid) && procFile(pid, 'environ')?.split('\0').includes(entry));
}

/** Living processes whose command line holds the text. */
export function processesWithArgument(text: string): number[] {
  return allPids().filter((pid) => isRunning(pid) && procFile(pid, 'cmdline')?.includes(text));
}

/** Living processes whose current folder is exactly this one. */
export function processesIn(folder: string): number[] {
  const isIn = (pid: number): boolean => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === folder;
    } catch {
      return false; // ended meanwhile, or another user's
    }
  };
  return allPids().filter((pid) => isRunning(pid) && isIn(pid));
}

/** Number of beats in a heartbeat file; 0 before the first. */
export function beatsIn(file: string): number {
  return existsSync(file) ? statSync(file).size : 0;
}

/** Whether no beat falls within the time; fixtures beat about every 20 ms. */
export async function beatsStopped(file: string, quietMs = 300): Promise<boolean> {
  const before = beatsIn(file);
  await delay(quietMs);
  return beatsIn(file) === before;
}
