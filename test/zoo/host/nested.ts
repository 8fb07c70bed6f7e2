/** A worker inside of an attempt of another one: `node nested.js <folder> <escapee> <level>`; it tracks a daemon and a child. */
import type { ContainmentLevel } from '../../../src/contract/kill-report';
import { announced } from './announce';
import { startBy } from './routes';
import { attemptRef, openTracking, runAttempt } from './tracking';

async function main(dir: string, escapee: string, level: ContainmentLevel): Promise<void> {
  const escalation = { signal: 'SIGTERM', graceMs: 500, settleMs: 1_000 } as const;
  const tracking = await openTracking({ level, form: 'inline', hostId: 'nested', escalation });
  await runAttempt(tracking, attemptRef('nested', 1), new AbortController().signal, async () => {
    await startBy('spawn', { command: escapee, args: [dir, 'setsid', 'fork2'] });
    await startBy('spawn', { command: 'sleep', args: ['100'], cwd: dir });
    announced(dir, 'nested');
    await new Promise((resolve) => setTimeout(resolve, 240_000));
  });
}

void main(process.argv[2], process.argv[3], process.argv[4] as ContainmentLevel);
