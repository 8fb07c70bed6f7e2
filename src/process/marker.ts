import { createHash } from 'node:crypto';
import type { ActivityRef, AttemptRef } from '../contract/attempt-ref';

/** Prefix of every marker variable's name. */
export const MARKER_PREFIX = 'TEMPORAL_REAPER_';

const FORMAT = '1';
const KEY = /^[0-9a-f]{32}$/;
/** The greedy host id may itself contain colons; the other fields cannot. */
const VALUE = /^1:(.+):([1-9]\d*):(\d*):([1-9]\d*)$/;

/** A tracking worker process, as named in the markers of its children. */
export interface WorkerMark {
  hostId: string;
  workerPid: number;
  /** Start ticks of the worker; empty where the platform has none. */
  workerStartTicks: string;
}

/** What a tracked process carries in its environment: its attempt, and the worker that started it. */
export interface AttemptMarker extends WorkerMark {
  /** See {@link attemptKey}. */
  key: string;
  /** Counts from 1. */
  attempt: number;
}

/** The same for all attempts of an activity, and computable by anyone who knows the activity: 32 hex digits. */
export function attemptKey({ namespace, workflowId, runId, activityId }: ActivityRef): string {
  const text = JSON.stringify([namespace, workflowId, runId, activityId]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Name of the variable. Different for each activity, so that a worker nested in an activity does not hide its parent's. */
export function markerName(key: string): string {
  return `${MARKER_PREFIX}${key}`;
}

/** Whether a variable is a marker, of whatever format: the plugin's options have the same prefix. */
export function isMarkerName(name: string): boolean {
  return name.startsWith(MARKER_PREFIX) && KEY.test(name.slice(MARKER_PREFIX.length));
}

/** Value of the variable. */
export function formatMarker({ hostId, workerPid, workerStartTicks, attempt }: AttemptMarker): string {
  return `${FORMAT}:${hostId}:${workerPid}:${workerStartTicks}:${attempt}`;
}

/** The marker of an attempt's processes. */
export function markerOf(attempt: AttemptRef, worker: WorkerMark): AttemptMarker {
  return { key: attemptKey(attempt), ...worker, attempt: attempt.attempt };
}

/** A marker as an environment variable. */
export interface MarkerVariable {
  name: string;
  value: string;
}

export function markerVariable(marker: AttemptMarker): MarkerVariable {
  return { name: markerName(marker.key), value: formatMarker(marker) };
}

/** Parses a variable; undefined when it is not a marker, or has a later format. */
export function parseMarker(name: string, value: string): AttemptMarker | undefined {
  const fields = VALUE.exec(value);
  if (!isMarkerName(name) || !fields) return undefined;
  const key = name.slice(MARKER_PREFIX.length);
  const [, hostId, workerPid, workerStartTicks, attempt] = fields;
  return { key, hostId, workerPid: Number(workerPid), workerStartTicks, attempt: Number(attempt) };
}
