import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { WorkerOptions } from '@temporalio/worker';
import type { Program } from '../fixtures/activities';

async function endOf({ command, args }: Program): Promise<string> {
  const [code, signal] = (await once(spawn(command, args, { stdio: 'ignore' }), 'exit')) as [
    number | null,
    string | null,
  ];
  return String(code ?? signal);
}

/** Takes whatever its program ends with for a result, as a body of the original that calls `wait()`. */
export async function returnsExitCode(program: Program): Promise<string> {
  return endOf(program);
}

/** When its program fails it starts the next one. */
export async function fallsBack(programs: Program[]): Promise<string> {
  for (const program of programs) {
    const end = await endOf(program).catch(() => 'did not start');
    if (end === '0') return 'succeeded';
  }
  return 'gave up';
}

/** Adds these activities to those of the fixture worker. */
export function extend(options: WorkerOptions): WorkerOptions {
  return { ...options, activities: { ...options.activities, returnsExitCode, fallsBack } };
}
