import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export const historiesDir = join(__dirname, 'histories');

/** Workflow types, and whether the test that records them cancels them. */
export const recorded: Record<string, 'cancelled' | 'not cancelled' | 'cancels itself'> = {
  completes: 'not cancelled',
  timerThenActivity: 'cancelled',
  activityThenTimer: 'cancelled',
  twoActivities: 'cancelled',
  mixed: 'cancelled',
  nestedScopes: 'cancelled',
  tryCancel: 'cancelled',
  waitForCancel: 'cancelled',
  abandon: 'cancelled',
  cancelsScope: 'cancels itself',
  timesOut: 'cancels itself',
  endsEarly: 'cancels itself',
  endsAtOnce: 'cancels itself',
  endsUnsent: 'cancels itself',
  goesOnFirst: 'cancels itself',
  goesOnLater: 'cancels itself',
  endsUnsentWaiting: 'cancels itself',
};

/** Nothing of the others is killed: they have no cancel, or one that leaves the activities alone. */
export function isKilled(type: string): boolean {
  return recorded[type] !== 'not cancelled' && type !== 'abandon';
}

export function fileOf(type: string, by: 'with' | 'without'): string {
  return join(historiesDir, `${type}.${by}-plugin.json`);
}

/** What the tests look at in an exported history. */
export interface ExportedHistory {
  events: { activityTaskScheduledEventAttributes?: { activityId: string; activityType: { name: string } } }[];
}

export function readHistory(file: string): ExportedHistory {
  return JSON.parse(readFileSync(file, 'utf8')) as ExportedHistory;
}

export function recordedFiles(): string[] {
  return readdirSync(historiesDir).sort();
}
