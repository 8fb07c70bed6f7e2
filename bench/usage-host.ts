/**
 * A worker without Temporal whose attempts are measured: `node usage-host.js <level> <attempts> <children of each>`, started
 * with an IPC channel. It answers each message with what one look costs, and ends with whoever started it.
 */
import { spawn } from 'node:child_process';
import type { ContainmentLevel } from '../src/contract/kill-report';
import { markedHost } from '../src/process/host-id';
import { usageOf } from '../src/reaper/usage/live-usage';
import { ProcessKiller } from '../src/reaper/kills/process-killer';
import { attemptRef, openTracking, runAttempt } from '../test/zoo/host/tracking';

/** What one look has cost. */
export interface LookCost {
  cpuMs: number;
  /** The part of it that finds them. */
  findMs: number;
  /** Processes found. */
  found: number;
}

async function main([level, attempts, children]: string[]): Promise<void> {
  const escalation = { signal: 'SIGKILL', graceMs: 0, settleMs: 5_000 } as const;
  const hostId = markedHost(`usage-${process.pid}`);
  const tracking = await openTracking({ level: level as ContainmentLevel, form: 'inline', hostId, escalation });
  const { reaper, containment } = tracking;
  if (!reaper || !containment) throw new Error('The reaper is not in this thread');
  for (let number = 1; number <= Number(attempts); number++) {
    void runAttempt(tracking, attemptRef(`usage-${number}`, 1), new AbortController().signal, () => {
      spawn('sh', ['-c', `${'sleep 1000 & '.repeat(Number(children))} wait`], { stdio: 'ignore' });
      return new Promise(() => undefined);
    });
  }
  const killer = new ProcessKiller(tracking.mark, containment);
  const look = async (): Promise<LookCost> => {
    const before = process.cpuUsage();
    const sinceThen = (): number => {
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1_000;
    };
    const processes = (await killer.findEach(reaper.host.ownEntries())).flat();
    const findMs = sinceThen();
    const found = processes.filter(usageOf).length;
    return { cpuMs: sinceThen(), findMs, found };
  };
  process.on('message', () => void look().then((cost) => process.send?.(cost)));
  process.on('disconnect', () => void tracking.stop().then(() => process.exit(0)));
  process.send?.('ready');
}

void main(process.argv.slice(2));
