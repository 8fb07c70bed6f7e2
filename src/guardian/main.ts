import { createInterface } from 'node:readline';
import { openForOrphans } from '../process/containment/ladder';
import { isAlive } from '../process/identity';
import { KillEngine } from '../process/kill-engine';
import { markedTarget } from '../process/sweep';
import { killAllOf } from './kill-all-of';
import { killTagged } from './kill-tagged';
import type { GuardianData, ToGuardian } from './protocol';
import { writeReport } from './report-file';

/** The pipe may close because the reaper's thread crashed; the worker itself is then looked after, this often. */
const LOOK_MS = 250;
/** The reaper has its own timer; the guardian's is for a reaper that cannot run, since its process is stopped. */
const AFTER_DEADLINE_MS = 250;

const TRIES = 40;

/** A worker that dies in the middle of a message leaves half of one. */
function parse(line: string): ToGuardian | undefined {
  try {
    return JSON.parse(line) as ToGuardian;
  } catch {
    return undefined;
  }
}

/**
 * Entry of the process that outlives its worker. It does nothing until the pipe from the worker closes, or a deadline
 * passes that the worker does not lift.
 */
function main({ mark, encloserData, escalation, reportFile }: GuardianData): void {
  const engine = new KillEngine(openForOrphans('auto'));
  const deadlines = new Map<string, NodeJS.Timeout>();

  const worker = { pid: mark.workerPid, startTicks: mark.workerStartTicks };
  const killWhenGone = async (): Promise<void> => {
    while (isAlive(worker)) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const at = Date.now();
    const isTagged = encloserData?.kind === 'subreaper';
    const both = await Promise.all([
      killAllOf(engine, mark, escalation),
      isTagged ? killTagged(engine.containment.table, mark, escalation) : [],
    ]);
    const kills = both.flat();
    if (kills.length > 0) writeReport(reportFile, { workerPid: mark.workerPid, at, kills });
  };
  const whenGone = async (): Promise<void> => {
    // What breaks a kill, for instance too many open files, passes.
    for (let tries = 0; tries < TRIES; tries++) {
      try {
        await killWhenGone();
        process.exit(0);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    }
    process.exit(1);
  };

  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const message = parse(line);
    if (!message) return;
    switch (message.type) {
      case 'goodbye':
        return process.exit(0);
      case 'lift':
        clearTimeout(deadlines.get(message.id));
        deadlines.delete(message.id);
        return;
      case 'deadline': {
        const { id, name, value, at } = message;
        const kill = (): void => {
          deadlines.delete(id);
          void engine.kill(
            markedTarget(name, (other) => other === value),
            message.escalation,
          );
        };
        deadlines.set(id, setTimeout(kill, Math.max(0, at - Date.now()) + AFTER_DEADLINE_MS));
      }
    }
  });
  lines.on('close', () => void whenGone());
}

// What ends the worker's terminal, group or service must not end the one that cleans up after it.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => undefined);
main(JSON.parse(process.argv[2]) as GuardianData);
