import type { ConnectionLike } from '@temporalio/client';
import type { HostPort } from '../activities/kill';
import type { ListPort } from '../activities/list';
import { type AttemptRef, describeAttempt } from '../contract/attempt-ref';
import { DEFAULT_ESCALATION, type Escalation } from '../contract/escalation';
import { type KillReport, deathsOf, survivorsOf } from '../contract/kill-report';
import type { ProcessInfo } from '../contract/process-ref';
import type { AfterKill, AttemptKill, KillRequest } from '../contract/host-requests';
import type { Containment } from '../process/containment/level';
import { openContainment } from '../process/containment/containment';
import { nowTicks, startTicksOf } from '../process/identity';
import { KillEngine } from '../process/kill-engine';
import { startedSince } from '../process/look';
import { attemptKey, markerName, parseMarker } from '../process/marker';
import { Ledger, type LedgerEntry, dropEmptyGroups, isLive } from '../tracking/ledger';
import type { Leftovers, OpenedAttempt, ReaperLink, ReaperNotices } from '../tracking/link';
import { targetOf } from './attempt-target';
import type { ReaperConfig } from './config';
import { Watch } from './watch';

/**
 * Owns the ledger and the kill engine of a worker process. It tracks and kills without a server; with a connection it
 * also watches runs.
 */
export class Reaper implements ReaperLink, HostPort, ListPort {
  readonly hostId: string;
  readonly workerPid: number;
  readonly namespace: string;
  readonly version: string;
  private readonly ledger = new Ledger();
  private readonly containment: Containment;
  private readonly engine: KillEngine;
  private connection: ConnectionLike | undefined;
  private watch: Watch | undefined;

  /** @throws ReaperError `CONTAINMENT_UNAVAILABLE` */
  constructor(
    private readonly config: ReaperConfig,
    readonly form: 'thread' | 'inline',
    private readonly notices: ReaperNotices,
  ) {
    ({ hostId: this.hostId, workerPid: this.workerPid, namespace: this.namespace, version: this.version } = config);
    this.containment = openContainment(config.containment);
    this.engine = new KillEngine(this.containment);
    if (this.level === 'basic' && config.containment === 'auto') {
      const { reason } = this.containment;
      notices.log('WARN', 'Containment level "basic": daemons, and what left its group, survive a kill', { reason });
    }
  }

  get level(): Containment['level'] {
    return this.containment.level;
  }

  get levelReason(): string {
    return this.containment.reason;
  }

  connect(connection: ConnectionLike): void {
    this.connection = connection;
    const onOver = (entry: LedgerEntry, reason: string): void => {
      this.killEntry(entry, { then: 'cancel', reason }).catch(() => undefined); // reported there
    };
    let failing = false;
    const onError = (error: unknown): void => {
      if (!failing)
        this.notices.log('WARN', 'Temporal does not answer; kills go on without it', { error: String(error) });
      failing = true;
    };
    this.watch = new Watch(connection, this.ledger, onOver, onError);
    if (this.config.watchIntervalMs !== false) this.watch.start(this.config.watchIntervalMs);
  }

  stop(): void {
    this.watch?.stop();
  }

  /* ---- ReaperLink: what the main thread tells ---- */

  open(opened: OpenedAttempt): void {
    this.ledger.open(opened, nowTicks());
  }

  processStarted(token: string, pid: number, leadsGroup: boolean): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    const startTicks = startTicksOf(pid);
    // It may be gone and reaped already; its group may still have members.
    if (startTicks !== undefined) entry.roots.set(pid, { pid, startTicks });
    if (leadsGroup) entry.groups.add(pid);
  }

  processExited(token: string, pid: number): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    entry.roots.delete(pid);
    dropEmptyGroups(entry);
    if (entry.detached && !isLive(entry)) this.ledger.delete(token);
  }

  syncStarted(token: string): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    entry.syncDepth += 1;
    entry.syncSinceTicks = nowTicks();
  }

  syncEnded(token: string): void {
    const entry = this.ledger.get(token);
    if (entry) entry.syncDepth -= 1;
  }

  async kill(token: string, then: AfterKill, reason: string): Promise<KillReport> {
    const entry = this.ledger.get(token);
    return entry ? this.killEntry(entry, { then, reason }) : this.nothingKilled();
  }

  close(token: string, leftovers: Leftovers): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    if (leftovers === 'keep' && isLive(entry) && !entry.kill) {
      entry.detached = true;
      return;
    }
    this.ledger.delete(token);
    if (leftovers !== 'warn' || entry.kill || !isLive(entry)) return;
    const attempt = describeAttempt(entry.attempt);
    this.findProcesses(entry).then(
      (found) => {
        if (found.length === 0) return;
        const processes = found.map(({ pid, name }) => `${pid} ${name}`);
        this.notices.log('WARN', 'Activity returned and left processes behind', { attempt, processes });
      },
      (error) => this.notices.log('WARN', 'Could not look for left-over processes', { attempt, error: String(error) }),
    );
  }

  async reportCancellation(token: string): Promise<void> {
    const entry = this.ledger.get(token);
    if (!entry || !this.connection) return;
    const { workflowService } = this.connection;
    await workflowService.respondActivityTaskCanceled({ namespace: this.namespace, taskToken: entry.taskToken });
  }

  /* ---- HostPort, ListPort: what the host's activities ask ---- */

  entries(): LedgerEntry[] {
    return this.ledger.all();
  }

  find(ref: AttemptRef): LedgerEntry | undefined {
    return this.ledger.find(ref);
  }

  findProcesses(entry: LedgerEntry): Promise<ProcessInfo[]> {
    return this.engine.find(targetOf(entry, this.config));
  }

  reportsOf(ref: AttemptRef): AttemptKill[] {
    return this.ledger.reportsOf(ref);
  }

  killByMarker(ref: AttemptRef, escalation: Escalation = DEFAULT_ESCALATION): Promise<KillReport> {
    const name = markerName(attemptKey(ref));
    const matches = (value: string): boolean => {
      const marker = parseMarker(name, value);
      return marker?.hostId === this.hostId && marker.attempt <= ref.attempt;
    };
    const target = {
      roots: () => [],
      groups: () => [],
      marker: { name, matches },
      sinceTicks: '',
      spawning: () => false,
    };
    return this.engine.kill(target, escalation);
  }

  killEntry(
    entry: LedgerEntry,
    { then, reason, escalation }: Pick<KillRequest, 'then' | 'reason' | 'escalation'>,
  ): Promise<KillReport> {
    if (entry.kill) return entry.kill.report;
    entry.door.close();
    this.notices.killing(entry.token, then, reason);
    const report = this.killProcesses(entry, escalation ?? entry.escalation);
    entry.kill = { then, reason, report };
    report.then(
      (done) => this.killed(entry, done),
      (error) => {
        this.notices.log('ERROR', 'A kill broke', { attempt: describeAttempt(entry.attempt), error: String(error) });
        this.notices.killed(entry.token, this.nothingKilled());
      },
    );
    if (then === 'cancel') void this.follow(entry);
    return report;
  }

  private async killProcesses(entry: LedgerEntry, escalation: Escalation): Promise<KillReport> {
    if (entry.syncDepth > 0 && this.level === 'basic') await this.adoptSyncChild(entry);
    return this.engine.kill(targetOf(entry, this.config), escalation);
  }

  /** No hook sees the pid of a synchronous spawn, and `basic` reads no marker: but while it blocks, no other is started. */
  private async adoptSyncChild(entry: LedgerEntry): Promise<void> {
    const look = await this.containment.table.look();
    for (const child of look.childrenOf(this.workerPid)) {
      if (this.entries().some(({ roots }) => roots.has(child.pid))) continue;
      if (!startedSince(child.startTicks, entry.syncSinceTicks)) continue;
      entry.roots.set(child.pid, { pid: child.pid, startTicks: child.startTicks });
      if (child.pgid === child.pid) entry.groups.add(child.pid);
    }
  }

  private killed(entry: LedgerEntry, report: KillReport): void {
    this.ledger.keepReport(entry, report);
    if (entry.detached) this.ledger.delete(entry.token);
    this.notices.killed(entry.token, report);
    const survivors = survivorsOf(report);
    const attributes = {
      attempt: describeAttempt(entry.attempt),
      reason: entry.kill?.reason,
      level: report.level,
      processes: deathsOf(report),
      durationMs: report.durationMs,
    };
    if (survivors.length > 0) {
      this.notices.log('ERROR', 'Processes survived their kill', {
        ...attributes,
        survivors: survivors.map(({ pid, name, state, fate }) => `${pid} ${name} ${state} ${fate}`),
      });
    } else if (report.processes.length > 0) this.notices.log('INFO', 'Killed the processes of an activity', attributes);
  }

  /** Tells the main thread when Temporal has what the attempt is held open for. */
  private async follow(entry: LedgerEntry): Promise<void> {
    await entry.kill?.report.catch(() => undefined); // reported where it was started
    if (!this.watch || !entry.watchable) return;
    const isOpen = (): boolean => this.ledger.get(entry.token) === entry;
    if (await this.watch.follow(entry, isOpen)) this.notices.cancelRequested(entry.token);
  }

  private nothingKilled(): KillReport {
    const { level, proof } = this.containment;
    return { level, proof, startedAt: Date.now(), durationMs: 0, looks: 0, processes: [] };
  }
}
