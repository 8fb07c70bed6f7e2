import type { ConnectionLike } from '@temporalio/client';
import { describeNamespace } from '../../server/describe-namespace';
import type { HostPort, KillOptions } from '../../activities/kill';
import type { ListPort } from '../../activities/list';
import type { AttemptRef } from '../../contract/attempt-ref';
import type { AttemptKill, KillEarlierRequest } from '../../contract/host-requests';
import type { KillReport } from '../../contract/kill-report';
import { afterGrace } from '../../contract/kill-timeouts';
import type { ListedProcess } from '../../contract/process-ref';
import { withUsage } from '../../process/table/process-usage';
import type { AttemptLedger } from '../../tracking/ledger';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import type { ReaperNotices } from '../../tracking/reaper-protocol';
import type { AttemptKills } from '../kills/attempt-kills';
import type { ReaperConfig } from '../config';
import { countKill } from '../kills/count-kill';
import { describeWorker } from './describe-worker';
import { killEarlier } from '../kills/kill-earlier';
import type { ProcessKiller } from '../kills/process-killer';
import type { ReaperPeer } from '../reaper-peer';
import type { ReaperProcess } from '../reaper-process';

/** The parts of a reaper that the activities of its host use. */
export interface HostParts {
  config: ReaperConfig;
  form: 'thread' | 'inline';
  ledger: AttemptLedger;
  killer: ProcessKiller;
  kills: AttemptKills;
  notices: ReaperNotices;
  process: ReaperProcess;
}

/** The reaper as seen by the activities on the task queues of its host and worker. */
export class HostService implements HostPort, ListPort, ReaperPeer {
  namespaceId: string | undefined;

  constructor(private readonly parts: HostParts) {}

  get hostId(): string {
    return this.parts.config.hostId;
  }

  get workerPid(): number {
    return this.parts.config.workerPid;
  }

  get namespace(): string {
    return this.parts.config.namespace;
  }

  describe(): ReturnType<ListPort['describe']> {
    const { config, form, killer, process } = this.parts;
    return describeWorker(config, form, killer.containment, process.guardian);
  }

  /** Asks for the namespace's id. While it is unknown, or if the server omits it, only own attempts are listed here. */
  async identify(connection: ConnectionLike): Promise<void> {
    this.namespaceId = (await describeNamespace(connection, this.namespace)).id;
  }

  get kills(): AttemptKills {
    return this.parts.kills;
  }

  ownEntries(): LedgerEntry[] {
    return this.parts.ledger.all();
  }

  entries(): LedgerEntry[] {
    return this.parts.process.peersOf(this).flatMap((peer) => peer.ownEntries());
  }

  findOwn(ref: AttemptRef): LedgerEntry | undefined {
    return this.parts.ledger.find(ref);
  }

  find(ref: AttemptRef): LedgerEntry | undefined {
    return this.parts.process.holderOf(ref)?.entry;
  }

  async findProcesses(entry: LedgerEntry): Promise<ListedProcess[]> {
    const { killer } = this.parts;
    return withUsage(killer.containment.table, await killer.find(entry));
  }

  ownReportsOf(ref: AttemptRef): AttemptKill[] {
    return this.parts.ledger.reportsOf(ref);
  }

  reportsOf(ref: AttemptRef): AttemptKill[] {
    return this.parts.process.peersOf(this).flatMap((peer) => peer.ownReportsOf(ref));
  }

  killEntry(entry: LedgerEntry, options: KillOptions): Promise<KillReport> {
    return this.killsOf(entry).begin(entry, options);
  }

  /** The kills of the reaper of this process that holds the attempt. */
  private killsOf(entry: LedgerEntry): AttemptKills {
    const holder = this.parts.process.holderOf(entry.attempt);
    return (holder?.entry === entry ? holder.peer : this).kills;
  }

  async killAbsent(ref: AttemptRef, request: KillOptions): Promise<KillReport> {
    const { process, killer, config, notices } = this.parts;
    process.missed.add(ref, request);
    const report = await killer.killMarked(
      ref,
      afterGrace(request.escalation ?? config.escalation, request.graceUsedMs),
    );
    countKill(notices, 'request', report);
    return report;
  }

  killEarlier(request: KillEarlierRequest, own?: string): Promise<AttemptKill[]> {
    const { process, killer, config, notices } = this.parts;
    const killsOf = (entry: LedgerEntry): AttemptKills => this.killsOf(entry);
    const parts = { killsOf, killer, notices, open: process.entries(), escalation: config.escalation };
    return killEarlier(request, own, parts);
  }
}
