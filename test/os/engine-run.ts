import type { AttemptRef } from '../../src/contract/attempt-ref';
import type { Escalation } from '../../src/contract/escalation';
import { openContainment } from '../../src/process/containment/open-scan-or-basic';
import { nowTicks, ownStartTicks, startTicksOf } from '../../src/process/table/liveness';
import { KillEngine } from '../../src/process/kill/kill-engine';
import type { KillTarget } from '../../src/process/kill/kill-target';
import { attemptKey, formatMarker, markerName } from '../../src/process/marker';

export const quick: Escalation = { signal: 'SIGTERM', graceMs: 300, settleMs: 5_000 };
export const patient: Escalation = { signal: 'SIGTERM', graceMs: 20_000, settleMs: 5_000 };

let activities = 0;

/** An attempt as a worker would track it: its marker, and its children once they are started. */
export class TrackedAttempt {
  readonly ref: AttemptRef;
  readonly name: string;
  readonly value: string;
  readonly env: Record<string, string>;
  readonly target: KillTarget;
  private readonly roots = new Map<number, string>();

  constructor(hostId = 'test:host') {
    const activityId = `${process.pid}-${++activities}`;
    this.ref = { namespace: 'default', workflowId: 'test', runId: 'run', activityId, attempt: 1 };
    const key = attemptKey(this.ref);
    const worker = { workerPid: process.pid, workerStartTicks: ownStartTicks() };
    this.name = markerName(key);
    this.value = formatMarker({ key, hostId, ...worker, attempt: 1 });
    this.env = { [this.name]: this.value };
    this.target = {
      roots: () => Array.from(this.roots, ([pid, startTicks]) => ({ pid, startTicks })),
      groups: () => this.roots.keys(),
      marker: { name: this.name, matches: (value) => value === this.value },
      sinceTicks: nowTicks(),
      spawning: () => false,
    };
  }

  add(pid: number): void {
    this.roots.set(pid, startTicksOf(pid) ?? '');
  }
}

export function openEngine(level: 'auto' | 'scan' | 'basic' = 'auto'): KillEngine {
  return new KillEngine(openContainment(level));
}
