import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** What this package leans on and the SDK does not promise, and what of it has to be so. */
export const NEEDED = {
  /** workflow-gated-scope.ts */
  scope: { own: ['reject', 'cancelRequested'], seen: ['run', 'Cancellation scope cancelled'], hearsBy: true },
  /** workflow-sdk-state.ts */
  completions: true,
  conditions: true,
  nextSeq: 1,
  commands: [],
  completed: false,
  /** heartbeats.ts, early-cancel.ts */
  writable: ['heartbeat', 'cancellationSignal', 'cancelled'],
  /** credentials.ts */
  setters: ['setApiKey', 'setMetadata'],
  /** no-activities.ts, attempt-run.ts */
  words: ['No activities registered, not polling for activity tasks', 'WORKER_SHUTDOWN'],
  /** escalation.ts */
  duration: 25_000,
};

/** The same, as the SDK has it that the programs there use. */
export async function foundInternals(fixtures: string): Promise<unknown> {
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { stdout } = await promisify(execFile)(process.execPath, [join(fixtures, 'sdk-internals.js')], {
    env,
    timeout: 60_000,
  });
  return JSON.parse(stdout);
}
