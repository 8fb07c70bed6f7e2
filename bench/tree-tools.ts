import { promisify } from 'node:util';
import { killProcessTree } from '../src/process';

/** Sends SIGTERM to a tree, given the pid at its top, which leads a group. May return before the tree is dead. */
export interface TreeTool {
  name: string;
  kill: (pid: number) => Promise<unknown>;
}

function signalEach(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGTERM');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The others are compared with the first one. */
export async function treeTools(): Promise<TreeTool[]> {
  const { default: pidtree } = await import('pidtree');
  const { default: fkill } = await import('fkill');
  const { default: treeKill } = await import('tree-kill');
  const killTree = promisify(treeKill as (pid: number, signal: string, done: (error?: Error) => void) => void);
  return [
    { name: 'killpg', kill: async (pid) => process.kill(-pid, 'SIGTERM') },
    { name: 'temporal-reaper', kill: (pid) => killProcessTree(pid, { graceMs: '2s' }) },
    { name: 'pidtree', kill: async (pid) => signalEach(await pidtree(pid, { root: true })) },
    { name: 'tree-kill', kill: (pid) => killTree(pid, 'SIGTERM') },
    { name: 'fkill', kill: (pid) => fkill(pid, { silent: true }) },
  ];
}
