import { type EscalationOptions, resolveEscalation } from '../contract/escalation';
import { ReaperError } from '../contract/errors';
import type { ContainmentLevel, KillReport } from '../contract/kill-report';
import type { ProcessInfo } from '../contract/process-ref';
import { openContainment } from './containment/open-scan-or-basic';
import { KillEngine } from './kill/kill-engine';
import type { ProcessSnapshot } from './table/process-snapshot';
import { lookAtLines } from './table/near-look';
import type { ProcessTable } from './table/process-table';
import { isSignallablePid, protectionFrom } from './kill/protect';
import { signalProcess } from './kill/signal-process';

export interface KillProcessTreeOptions extends EscalationOptions {
  /** How the tree is found. Default `auto`: the highest level that works here. */
  containment?: 'auto' | ContainmentLevel;
}

// One engine per level, so that kills at the same time share their looks.
const engines = new Map<'auto' | ContainmentLevel, KillEngine>();

function engineFor(level: 'auto' | ContainmentLevel): KillEngine {
  const engine = engines.get(level) ?? new KillEngine(openContainment(level));
  engines.set(level, engine);
  return engine;
}

/**
 * Kills a process, its descendants, and the process group and session that it leads.
 *
 * @returns what became of each process, including survivors
 * @throws ReaperError `OPTION_INVALID` when the pid is not an integer or an option is unknown or out of range
 * @throws ReaperError `PROCESS_PROTECTED` when it is init, this process or one of its ancestors, in our own process group or
 *   session without descending from us, or another user's
 * @throws ReaperError `PROCESS_NOT_FOUND` when there is no such process
 * @throws ReaperError `CONTAINMENT_UNAVAILABLE` when the level is impossible here
 */
export async function killProcessTree(pid: number, options: KillProcessTreeOptions = {}): Promise<KillReport> {
  const { containment = 'auto', ...steps } = options;
  const escalation = resolveEscalation(steps);
  if (!Number.isSafeInteger(pid)) throw new ReaperError('OPTION_INVALID', `pid is ${String(pid)}: not an integer`);
  const engine = engineFor(containment);
  const root = await checkedRoot(engine.containment.table, pid);
  const leads = root.pgid === pid || root.sid === pid;
  return engine.kill(
    {
      roots: () => [root],
      groups: () => (leads ? [pid] : []),
      sinceTicks: root.startTicks,
      spawning: () => false,
    },
    escalation,
  );
}

async function checkedRoot(table: ProcessTable, pid: number): Promise<ProcessInfo> {
  const refuse = (why: string) => new ReaperError('PROCESS_PROTECTED', `Process ${pid} is not killed: ${why}`);
  if (!isSignallablePid(pid)) throw refuse('0, 1 and negative numbers stand for init or whole groups');
  const look = await lookAtLines(table, pid);
  const root = look.byPid.get(pid);
  if (!root) throw new ReaperError('PROCESS_NOT_FOUND', `There is no process ${pid}`);
  const { pids, pgid, sid } = protectionFrom(look);
  if (pids.has(pid)) throw refuse('it is this process or an ancestor of it');
  // 0 stands for unknown.
  const isNear = (root.pgid === pgid && pgid !== 0) || (root.sid === sid && sid !== 0);
  if (isNear && !descendsFromUs(look, root)) {
    throw refuse('it is in our process group or session and does not descend from this process');
  }
  if (signalProcess(table, root, 0) === 'denied') throw refuse('it belongs to another user');
  return root;
}

function descendsFromUs(look: ProcessSnapshot, descendant: ProcessInfo): boolean {
  const seen = new Set<ProcessInfo>();
  let at: ProcessInfo | undefined = descendant;
  while (at && at.pid !== process.pid && !seen.has(at)) {
    seen.add(at);
    at = look.byPid.get(at.ppid);
  }
  return at?.pid === process.pid;
}
