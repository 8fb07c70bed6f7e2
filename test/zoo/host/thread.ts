/**
 * A thread of the user's own in a host process: it starts programs, on behalf of nobody, or of an attempt of a second worker
 * that runs on it.
 */
import { spawn } from 'node:child_process';
import { parentPort, workerData } from 'node:worker_threads';
import type { HostFixture, HostProgram } from './protocol';
import { attemptRef, openTracking, runAttempt } from './tracking';

/** What it is told; it answers each with nothing. */
export interface ToHostThread {
  program: HostProgram;
  /** Whether an attempt of the thread's own worker starts it. */
  tracked: boolean;
}

let attempts = 0;

function start({ command, args, env }: HostProgram): void {
  spawn(command, args, { stdio: 'ignore', env: { ...process.env, ...env } });
}

async function main(fixture: HostFixture): Promise<void> {
  const tracking = await openTracking({
    ...fixture,
    form: 'inline',
    level: 'auto',
    hostId: `${fixture.hostId}-thread`,
  });
  parentPort?.on('message', ({ program, tracked }: ToHostThread) => {
    if (tracked) {
      void runAttempt(tracking, attemptRef(`t${++attempts}`, 1), new AbortController().signal, () => {
        start(program);
        return new Promise(() => undefined);
      });
    } else start(program);
    parentPort?.postMessage('started');
  });
  parentPort?.postMessage('ready');
}

void main(workerData as HostFixture);
