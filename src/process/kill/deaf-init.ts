import { constants } from 'node:os';
import type { ProcessInfo } from '../../contract/process-ref';
import type { KillRecord } from './kill-record';
import type { ProcessSnapshot } from '../table/process-snapshot';
import { readProcFile } from '../table/proc-file';
import type { ProcessTable } from '../table/process-table';
import { signalProcess } from './signal-process';

/** Wait after the first signal: most processes are dead by then, and nothing need be read of them. */
const AFTER_MS = 50;

const NUMBERS = /^NSpid:\t\d+\t(?:\d+\t)*1$/m;
const MASKS = /^Sig(?:Blk|Ign|Cgt):\t([0-9a-f]+)$/gm;

/** Whether a process blocks, ignores or handles a signal, as its main thread does. False when it is gone. */
function hasSay(status: string, signal: NodeJS.Signals): boolean {
  const bit = 1n << BigInt(constants.signals[signal] - 1);
  return [...status.matchAll(MASKS)].some(([, mask]) => (BigInt(`0x${mask}`) & bit) !== 0n);
}

const statusOf = (pid: number): string => readProcFile(`/proc/${pid}/status`)?.toString('latin1') ?? '';

function descendsFrom(look: ProcessSnapshot, { ppid }: ProcessInfo, ancestor: number): boolean {
  const seen = new Set<number>();
  for (let pid = ppid; !seen.has(pid); pid = look.byPid.get(pid)?.ppid ?? 0) {
    if (pid === ancestor) return true;
    seen.add(pid);
  }
  return false;
}

/**
 * Sends SIGKILL to processes that the first signal cannot end: the init of a PID namespace that leaves the signal at its
 * default action. The kernel discards the signal, so that init would live on to the end of the grace period. Waits first for
 * every process that would die with it and that blocks, ignores or handles the signal.
 */
export function endDeafInits(
  table: ProcessTable,
  look: ProcessSnapshot,
  record: KillRecord,
  signal: NodeJS.Signals,
): void {
  const { firstSignalAfterMs } = record;
  if (table.kind !== 'procfs' || signal === 'SIGKILL') return;
  if (firstSignalAfterMs === undefined || record.elapsedMs() < firstSignalAfterMs + AFTER_MS) return;
  const alive = record.alive();
  for (const targetProcess of alive.filter((each) => each.signal === signal)) {
    const { info } = targetProcess;
    const status = statusOf(info.pid);
    if (!NUMBERS.test(status) || hasSay(status, signal)) continue;
    const isAwaited = alive.some((other) => {
      return descendsFrom(look, other.info, info.pid) && hasSay(statusOf(other.info.pid), signal);
    });
    if (!isAwaited) record.note(targetProcess, 'SIGKILL', signalProcess(table, info, 'SIGKILL'));
  }
}
