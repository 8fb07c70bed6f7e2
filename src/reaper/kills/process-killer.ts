import type { AttemptRef } from '../../contract/attempt-ref';
import type { Escalation } from '../../contract/escalation';
import type { KillReport } from '../../contract/kill-report';
import type { ProcessInfo } from '../../contract/process-ref';
import type { Containment } from '../../process/containment/level';
import { KillEngine } from '../../process/kill/kill-engine';
import { startedSince } from '../../process/table/process-snapshot';
import { type WorkerMark, attemptKey, markerName, parseMarker } from '../../process/marker';
import { type SweepResult, markedTarget, sweepOrphans } from '../../process/kill/sweep';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import { targetOf } from './attempt-target';

/** Finds and kills the processes of attempts: those in the ledger, and those that only a marker identifies. */
export class ProcessKiller {
  private readonly engine: KillEngine;

  constructor(
    private readonly mark: WorkerMark,
    readonly containment: Containment,
  ) {
    this.engine = new KillEngine(containment);
  }

  /** The attempt is over. */
  closed({ enclosure }: LedgerEntry): void {
    if (enclosure) this.containment.keeper?.closed(enclosure);
  }

  find(entry: LedgerEntry): Promise<ProcessInfo[]> {
    return this.engine.find(targetOf(entry, this.mark));
  }

  /** The living processes of each attempt, found as cheaply as the level can: good enough to measure. */
  findEach(entries: readonly LedgerEntry[]): Promise<ProcessInfo[][]> {
    return this.engine.findEach(entries.map((entry) => targetOf(entry, this.mark)));
  }

  /** Processor time of all that has ever run in the attempt's enclosure, in ms; undefined if nothing keeps it. */
  usedCpuMs(entry: LedgerEntry): number | undefined {
    return this.containment.usedCpuMs?.(targetOf(entry, this.mark));
  }

  /** Finds what a returned attempt has left behind; does not look if the level already knows that nothing is left. */
  async findLeft(entry: LedgerEntry): Promise<ProcessInfo[]> {
    return this.containment.isKnownGone?.(targetOf(entry, this.mark)) ? [] : this.find(entry);
  }

  /** @param all every open attempt of the worker, to tell their processes from those of `entry` */
  async kill(entry: LedgerEntry, all: LedgerEntry[], escalation: Escalation): Promise<KillReport> {
    if (entry.syncDepth > 0 && this.containment.level === 'basic') await this.adoptSyncChild(entry, all);
    return this.engine.kill(targetOf(entry, this.mark), escalation);
  }

  /** Kills processes of this host whose marker names this attempt or an earlier one of its activity. */
  killMarked(ref: AttemptRef, escalation: Escalation): Promise<KillReport> {
    const name = markerName(attemptKey(ref));
    const target = markedTarget(name, (value) => {
      const marker = parseMarker(name, value);
      return marker?.hostId === this.mark.hostId && marker.attempt <= ref.attempt;
    });
    return this.engine.kill(target, escalation);
  }

  /** Kills what carries a marker of any attempt of the activity right now; an attempt that begins meanwhile is spared. */
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

  /** Kills what dead workers of this host have left. */
  sweep(escalation: Escalation): Promise<SweepResult> {
    return sweepOrphans(this.engine, this.mark.hostId, escalation);
  }

  /** No hook sees the pid of a synchronous spawn, and `basic` reads no marker. But it blocks the loop: no other starts. */
  private async adoptSyncChild(entry: LedgerEntry, all: LedgerEntry[]): Promise<void> {
    const look = await this.containment.table.look();
    for (const child of look.childrenOf(this.mark.workerPid)) {
      if (all.some(({ roots }) => roots.has(child.pid))) continue;
      if (!startedSince(child.startTicks, entry.syncSinceTicks)) continue;
      entry.adopt(child);
    }
  }
}
