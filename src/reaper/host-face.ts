import type { HostPort, KillOptions } from '../activities/kill';
import type { ListPort } from '../activities/list';
import type { AttemptRef } from '../contract/attempt-ref';
import type { AttemptKill, KillEarlierRequest } from '../contract/host-requests';
import type { KillReport } from '../contract/kill-report';
import type { ProcessInfo } from '../contract/process-ref';
import type { GuardianLink } from '../guardian/guardian-link';
import type { Ledger, LedgerEntry } from '../tracking/ledger';
import type { ReaperNotices } from '../tracking/link';
import type { AttemptKills } from './attempt-kills';
import type { ReaperConfig } from './config';
import { countKill } from './count-kill';
import { describeWorker } from './describe-worker';
import { killEarlier } from './kill-earlier';
import type { MissedKills } from './missed-kills';
import type { ProcessKiller } from './process-killer';

/** The parts of a reaper that its host's activities work on. */
export interface HostParts {
  config: ReaperConfig;
  form: 'thread' | 'inline';
  ledger: Ledger;
  killer: ProcessKiller;
  kills: AttemptKills;
  missed: MissedKills;
  notices: ReaperNotices;
  guardian: GuardianLink | undefined;
}

/** The reaper as the activities of its host's and worker's task queues see it. */
export class HostFace implements HostPort, ListPort {
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
    const { config, form, killer, guardian } = this.parts;
    return describeWorker(config, form, killer.containment, guardian);
  }

  entries(): LedgerEntry[] {
    return this.parts.ledger.all();
  }

  find(ref: AttemptRef): LedgerEntry | undefined {
    return this.parts.ledger.find(ref);
  }

  findProcesses(entry: LedgerEntry): Promise<ProcessInfo[]> {
    return this.parts.killer.find(entry);
  }

  reportsOf(ref: AttemptRef): AttemptKill[] {
    return this.parts.ledger.reportsOf(ref);
  }

  killEntry(entry: LedgerEntry, options: KillOptions): Promise<KillReport> {
    return this.parts.kills.begin(entry, options);
  }

  async killAbsent(ref: AttemptRef, request: KillOptions): Promise<KillReport> {
    const { missed, killer, config, notices } = this.parts;
    missed.add(ref, request);
    const report = await killer.killMarked(ref, request.escalation ?? config.escalation);
    countKill(notices, 'request', report);
    return report;
  }

  killEarlier(request: KillEarlierRequest, own?: string): Promise<AttemptKill[]> {
    const { config, ...parts } = this.parts;
    return killEarlier(request, own, { ...parts, open: this.entries(), escalation: config.escalation });
  }
}
