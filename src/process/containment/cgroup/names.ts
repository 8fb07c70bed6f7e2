import { type AttemptMarker, type WorkerMark, formatMarker, markerName, parseMarker } from '../../marker';
import type { EnclosedAttempt } from '../enclosure';

const PREFIX = 'temporal-reaper:';
const ATTEMPT = /^([0-9a-f]{32}):([1-9]\d*):\d+$/;

/** Name of a worker's directory; it identifies the worker even when the worker is dead. */
export function workerName({ hostId, workerPid, workerStartTicks }: WorkerMark): string {
  return `${PREFIX}${hostId}:${workerPid}:${workerStartTicks}`;
}

export function isWorkerName(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** Name of an attempt's directory, below its worker's. The last number tells attempts apart after a reset. */
export function attemptName({ key, attempt }: EnclosedAttempt, n: number): string {
  return `${key}:${attempt}:${n}`;
}

/** The marker that the processes in such a directory carry; undefined when the names are not ours. */
export function markerOf(worker: string, attempt: string): AttemptMarker | undefined {
  const fields = ATTEMPT.exec(attempt);
  if (!isWorkerName(worker) || !fields) return undefined;
  const [, key, number] = fields;
  return parseMarker(markerName(key), `1:${worker.slice(PREFIX.length)}:${number}`);
}

/** The worker that the directory belongs to; undefined when the name is not ours. */
export function workerOf(name: string): WorkerMark | undefined {
  const marker = markerOf(name, `${'0'.repeat(32)}:1:0`);
  return marker && { hostId: marker.hostId, workerPid: marker.workerPid, workerStartTicks: marker.workerStartTicks };
}

/** The value of a marker, without its name. */
export const valueOf = (marker: AttemptMarker): string => formatMarker(marker);
