import { createInterface } from 'node:readline';
import { monotonicMs } from '../process/clock';
import { openForOrphans } from '../process/containment/ladder';
import { openUnreported } from '../process/containment/open-unreported';
import { isAlive } from '../process/table/liveness';
import { KillEngine } from '../process/kill/kill-engine';
import { targetOf } from './guarded-target';
import { killAllOf } from './kill-all-of';
import { killUnreported } from './kill-unreported';
import type { GuardedAttempt, GuardianData, GuardianReport, ToGuardian } from './protocol';
import { writeReport } from './report-file';

/** The pipe may also close because the reaper's thread crashed. Then poll at this interval until the worker is gone. */
const LOOK_MS = 250;
/** Extra delay: the reaper's own timer comes first. The guardian's is for a reaper whose process is stopped. */
const AFTER_DEADLINE_MS = 250;

const TRIES = 40;

/** The guardian's exit codes. Nobody waits for it, but process accounting records them. */
const EXIT = { done: 0, gaveUp: 1, leftSome: 3 };

/** Undefined for a truncated message, which a worker leaves when it dies while writing. */
function parse(line: string): ToGuardian | undefined {
  try {
    return JSON.parse(line) as ToGuardian;
  } catch {
    return undefined;
  }
}

/**
 * Entry point of the guardian process, which outlives its worker. It is idle until the pipe from the worker closes, or a
 * deadline passes that the worker has not lifted.
 */
function main({ mark, encloserData, escalation, reportFile }: GuardianData): void {
  const engine = new KillEngine(openForOrphans('auto'));
  const attempts = new Map<string, GuardedAttempt>();
  const deadlines = new Map<string, NodeJS.Timeout>();

  const worker = { pid: mark.workerPid, startTicks: mark.workerStartTicks };
  const report = (at: number, kills: GuardianReport['kills'], error?: string): void => {
    if (kills.length > 0 || error !== undefined)
      writeReport(reportFile, { workerPid: mark.workerPid, at, kills, error });
  };
  const killWhenGone = async (): Promise<number> => {
    while (isAlive(worker)) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const at = Date.now();
    const open = [...attempts.values()];
    const unreported = openUnreported(encloserData, engine.containment.table, open);
    const both = await Promise.all([
      killAllOf(engine, mark, open, escalation),
      unreported ? killUnreported(unreported, mark, escalation) : [],
    ]);
    const kills = both.flat();
    report(at, kills);
    return kills.some(({ alive }) => alive > 0) ? EXIT.leftSome : EXIT.done;
  };
  const whenGone = async (): Promise<void> => {
    const at = Date.now();
    let reason: unknown;
    // Whatever made the kill fail, for instance too many open files, may be temporary.
    for (let tries = 0; tries < TRIES; tries++) {
      try {
        process.exit(await killWhenGone());
      } catch (error) {
        reason = error;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    }
    report(at, [], String(reason));
    process.exit(EXIT.gaveUp);
  };

  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const message = parse(line);
    if (!message) return;
    switch (message.type) {
      case 'goodbye':
        return process.exit(0);
      case 'attempt':
        attempts.set(message.id, message);
        return;
      case 'closed':
        attempts.delete(message.id);
        return;
      case 'lift':
        clearTimeout(deadlines.get(message.id));
        deadlines.delete(message.id);
        return;
      case 'deadline': {
        const { id, at } = message;
        const kill = (): void => {
          deadlines.delete(id);
          const attempt = attempts.get(id);
          if (attempt) void engine.kill(targetOf(attempt), message.escalation);
        };
        deadlines.set(id, setTimeout(kill, Math.max(0, at - monotonicMs()) + AFTER_DEADLINE_MS));
      }
    }
  });
  lines.on('close', () => void whenGone());
}

// Signals that end the worker's terminal, process group or service must not end the guardian.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => undefined);
main(JSON.parse(process.argv[2]) as GuardianData);
