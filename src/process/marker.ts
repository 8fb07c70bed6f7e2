import { createHash } from 'node:crypto';
import type { ActivityRef } from '../contract/attempt-ref';

/** Every marker variable begins so. */
export const MARKER_PREFIX = 'TEMPORAL_REAPER_';

const FORMAT = '1';
const KEY = /^[0-9a-f]{32}$/;
/** The greedy host id may itself hold colons; the fields around it cannot. */
const VALUE = /^1:(.+):([1-9]\d*):(\d*):([1-9]\d*)$/;

/** The worker process that tracks, as its children's marker names it. */
export interface WorkerMark {
  hostId: string;
  workerPid: number;
  /** Start ticks of the worker; empty where the platform has none. */
  workerStartTicks: string;
}

/** What a tracked process carries in its environment: whose it is, and which worker started it. */
export interface Marker extends WorkerMark {
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

/** Name of the variable. One per activity, so that a worker nested in an activity does not hide its parent's. */
export function markerName(key: string): string {
  return `${MARKER_PREFIX}${key}`;
}

/** Value of the variable. */
export function formatMarker({ hostId, workerPid, workerStartTicks, attempt }: Marker): string {
  return `${FORMAT}:${hostId}:${workerPid}:${workerStartTicks}:${attempt}`;
}

/** Reads a variable back; undefined when it is no marker, or one of a later format. */
export function parseMarker(name: string, value: string): Marker | undefined {
  const key = name.startsWith(MARKER_PREFIX) ? name.slice(MARKER_PREFIX.length) : '';
  const fields = VALUE.exec(value);
  if (!KEY.test(key) || !fields) return undefined;
  const [, hostId, workerPid, workerStartTicks, attempt] = fields;
  return { key, hostId, workerPid: Number(workerPid), workerStartTicks, attempt: Number(attempt) };
}
