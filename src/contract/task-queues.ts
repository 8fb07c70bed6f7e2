import { ReaperError } from './errors';

/** Every reaper polls it for the control activities, and reapers with `control: true` for the cancellation workflows. */
export const CONTROL_TASK_QUEUE = 'temporal-reaper';

/** When a workflow task is lost to a host that is cut off, another worker gets it after this; Temporal's default is 10 s. */
export const CONTROL_TASK_TIMEOUT_MS = 2_000;

const HOST_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/;

/** Where an attempt runs, as its worker's identity says. */
export interface WorkerLocation {
  hostId: string;
  workerPid: number;
}

/**
 * Checks a host id, which becomes part of task queue names and worker identities.
 *
 * @throws ReaperError `HOST_ID_INVALID`
 */
export function assertHostId(hostId: unknown): asserts hostId is string {
  if (typeof hostId !== 'string' || !HOST_ID.test(hostId)) {
    throw new ReaperError(
      'HOST_ID_INVALID',
      `${JSON.stringify(hostId)} is not a host id: 1 to 200 letters, digits, ".", "_", ":" or "-", the first a letter or digit. Set the option hostId`,
    );
  }
}

/** Served by every reaper of the host; any of them may answer. */
export function hostTaskQueue(hostId: string): string {
  assertHostId(hostId);
  return `${CONTROL_TASK_QUEUE}/${hostId}`;
}

/** Served only by the reaper inside the worker process: no other can hold the attempt open after a kill. */
export function workerTaskQueue({ hostId, workerPid }: WorkerLocation): string {
  return `${hostTaskQueue(hostId)}/${workerPid}`;
}

/** Whether a task queue is one of ours. */
export function isReaperTaskQueue(taskQueue: string): boolean {
  return taskQueue === CONTROL_TASK_QUEUE || taskQueue.startsWith(`${CONTROL_TASK_QUEUE}/`);
}

/** Appends the location to a worker's own identity: `build-farm 4711@host-a`, or `4711@host-a` without one. */
export function formatIdentity(own: string | undefined, { hostId, workerPid }: WorkerLocation): string {
  const location = `${workerPid}@${hostId}`;
  if (own === undefined || own === '' || own === location) return location;
  return own.endsWith(` ${location}`) ? own : `${own} ${location}`;
}

/** Undefined when the identity was not written by {@link formatIdentity}: a worker without temporal-reaper. */
export function parseIdentity(identity: string | null | undefined): WorkerLocation | undefined {
  const match = /(?:^| )(\d{1,10})@([^@ ]+)$/.exec(identity ?? '');
  if (!match || !HOST_ID.test(match[2])) return undefined;
  return { workerPid: Number(match[1]), hostId: match[2] };
}
