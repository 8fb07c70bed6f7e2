import type { ConnectionLike } from '@temporalio/client';
import type { HostPort, KillOptions } from '../activities/kill';
import type { ListPort } from '../activities/list';
import type { AttemptRef } from '../contract/attempt-ref';
import type { AttemptKill, KillEarlierRequest } from '../contract/host-requests';
import type { KillReport } from '../contract/kill-report';
import type { ProcessInfo } from '../contract/process-ref';
import type { Ledger, LedgerEntry } from '../tracking/ledger';
import type { ReaperNotices } from '../tracking/link';
import type { AttemptKills } from './attempt-kills';
import type { ReaperConfig } from './config';
import { countKill } from './count-kill';
import { describeWorker } from './describe-worker';
import { killEarlier } from './kill-earlier';
import type { ProcessKiller } from './process-killer';
import type { ReaperProcess } from './reaper-process';

/** The parts of a reaper that its host's activities work on. */
export interface HostParts {
  config: ReaperConfig;
  form: 'thread' | 'inline';
  ledger: Ledger;
  killer: ProcessKiller;
  kills: AttemptKills;
  notices: ReaperNotices;
  process: ReaperProcess;
}

/** The reaper as the activities of its host's and worker's task queues see it. */
export class HostFace implements HostPort, ListPort {
  /** Tells namespaces of the same name apart; undefined until the server has been asked. */
  private namespaceId: string | undefined;

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

  /** Asks for the namespace's id. Until it is known, and where it is not told, nobody else's attempts are listed here. */
  async identify({ workflowService }: Pick<ConnectionLike, 'workflowService'>): Promise<void> {
    const { namespaceInfo } = await workflowService.describeNamespace({ namespace: this.namespace });
    this.namespaceId = namespaceInfo?.id || undefined;
  }

  servesWith({ namespaceId }: HostFace): boolean {
    return namespaceId !== undefined && namespaceId === this.namespaceId;
  }

  ownEntries(): LedgerEntry[] {
    return this.parts.ledger.all();
  }

  entries(): LedgerEntry[] {
    return this.parts.process.peersOf(this).flatMap((face) => face.ownEntries());
  }

  findOwn(ref: AttemptRef): LedgerEntry | undefined {
    return this.parts.ledger.find(ref);
  }

  find(ref: AttemptRef): LedgerEntry | undefined {
    return this.parts.process.holderOf(ref)?.entry;
  }

  findProcesses(entry: LedgerEntry): Promise<ProcessInfo[]> {
    return this.parts.killer.find(entry);
  }

  ownReportsOf(ref: AttemptRef): AttemptKill[] {
    return this.parts.ledger.reportsOf(ref);
  }

  reportsOf(ref: AttemptRef): AttemptKill[] {
    return this.parts.process.peersOf(this).flatMap((face) => face.ownReportsOf(ref));
  }

  killEntry(entry: LedgerEntry, options: KillOptions): Promise<KillReport> {
    return this.killsOf(entry).begin(entry, options);
  }

  /** Of the reaper of this process that holds the attempt. */
  private killsOf(entry: LedgerEntry): AttemptKills {
    const holder = this.parts.process.holderOf(entry.attempt);
    return (holder?.entry === entry ? holder.face : this).parts.kills;
  }

  async killAbsent(ref: AttemptRef, request: KillOptions): Promise<KillReport> {
    const { process, killer, config, notices } = this.parts;
    process.missed.add(ref, request);
    const report = await killer.killMarked(ref, request.escalation ?? config.escalation);
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
