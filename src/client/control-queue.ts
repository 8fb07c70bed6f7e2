import { ReaperError } from '../contract/errors';
import { CONTROL_TASK_QUEUE } from '../contract/task-queues';
import { callServer } from '../server/call-server';
import { pollersOf } from '../server/pollers';
import type { RequestEnd } from './ended';
import type { TemporalServer } from './server';

/** Whether a worker polls for the cancellation workflows. Temporal lists a dead poller for up to five minutes. */
export async function hasControlPoller(server: TemporalServer): Promise<boolean> {
  const { connection, namespace } = server;
  const pollers = await callServer(server, () => pollersOf(connection, namespace, CONTROL_TASK_QUEUE, 'workflow'));
  return pollers.length > 0;
}

const REMEDY = 'Start a worker with ReaperPlugin and control: true (the default) in this namespace';

/** The error for a request that Temporal itself offers no call for. */
export function controlUnserved({ kind, why, cause }: Exclude<RequestEnd<never>, { kind: 'done' }>): ReaperError {
  const message = kind === 'unserved' ? `${why}. ${REMEDY}` : why;
  return new ReaperError(kind === 'late' ? 'OUTCOME_PENDING' : 'CONTROL_UNSERVED', message, { cause });
}
