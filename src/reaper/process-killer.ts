import type { AttemptRef } from '../contract/attempt-ref';
import type { Escalation } from '../contract/escalation';
import type { KillReport } from '../contract/kill-report';
import type { ProcessInfo } from '../contract/process-ref';
import type { Containment } from '../process/containment/level';
import { KillEngine } from '../process/kill-engine';
import { startedSince } from '../process/look';
import { type WorkerMark, attemptKey, markerName, parseMarker } from '../process/marker';
import { type SweptAttempt, markedTarget, sweep } from '../process/sweep';
import type { LedgerEntry } from '../tracking/ledger';
import { targetOf } from './attempt-target';

/** Finds and kills the processes of attempts: those the ledger knows, and those that only a marker names. */
export class ProcessKiller {
  private readonly engine: KillEngine;

  constructor(
    private readonly mark: WorkerMark,
    readonly containment: Containment,
  ) {
    this.engine = new KillEngine(containment);
  }

  /** A process was started, inside the attempt's enclosure or not; a synchronous call hides its pid. */
  started(entry: LedgerEntry, isEnclosed: boolean, pid?: number): void {
    if (!isEnclosed) entry.hasUnenclosed = true;
    else if (entry.enclosure) this.containment.keeper?.started(entry.enclosure, pid);
  }

  /** A process that was started so has ended. */
  exited({ enclosure }: LedgerEntry): void {
    if (enclosure) this.containment.keeper?.exited(enclosure);
  }

  /** The attempt is over. */
  closed({ enclosure }: LedgerEntry): void {
    if (enclosure) this.containment.keeper?.closed(enclosure);
  }

  find(entry: LedgerEntry): Promise<ProcessInfo[]> {
    return this.engine.find(targetOf(entry, this.mark));
  }

  /** `all`: every open attempt of the worker, to tell its processes from this one's. */
  async kill(entry: LedgerEntry, all: LedgerEntry[], escalation: Escalation): Promise<KillReport> {
    if (entry.syncDepth > 0 && this.containment.level === 'basic') await this.adoptSyncChild(entry, all);
    return this.engine.kill(targetOf(entry, this.mark), escalation);
  }

  /** Kills what the marker names: processes of this host and of this attempt, or of earlier ones of its activity. */
  killMarked(ref: AttemptRef, escalation: Escalation): Promise<KillReport> {
    const name = markerName(attemptKey(ref));
    const target = markedTarget(name, (value) => {
      const marker = parseMarker(name, value);
      return marker?.hostId === this.mark.hostId && marker.attempt <= ref.attempt;
    });
    return this.engine.kill(target, escalation);
  }

  /** Kills what the marker names now, of whichever attempt of the activity: one that begins meanwhile is spared. */
  async killAllMarked(ref: AttemptRef, escalation: Escalation): Promise<KillReport> {
    const name = markerName(attemptKey(ref));
    const found = (await this.engine.markedAttempts()).filter(({ marker }) => {
      return markerName(marker.key) === name && marker.hostId === this.mark.hostId;
    });
    const values = found.map(({ value }) => value);
    return this.engine.kill(
      markedTarget(name, (value) => values.includes(value)),
      escalation,
    );
  }

  /** Kills what workers of this host that are gone have left. */
  sweep(escalation: Escalation): Promise<SweptAttempt[]> {
    return sweep(this.engine, this.mark.hostId, escalation);
  }

  /** No hook sees the pid of a synchronous spawn, and `basic` reads no marker: but while it blocks, no other is started. */
  private async adoptSyncChild(entry: LedgerEntry, all: LedgerEntry[]): Promise<void> {
    const look = await this.containment.table.look();
    for (const child of look.childrenOf(this.mark.workerPid)) {
      if (all.some(({ roots }) => roots.has(child.pid))) continue;
      if (!startedSince(child.startTicks, entry.syncSinceTicks)) continue;
      entry.roots.set(child.pid, { pid: child.pid, startTicks: child.startTicks });
      if (child.pgid === child.pid) entry.groups.add(child.pid);
    }
  }
}
