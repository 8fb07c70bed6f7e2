import type { ConnectionLike } from '@temporalio/client';
import type { HostPort, KillOptions } from '../activities/kill';
import type { ListPort } from '../activities/list';
import { type AttemptRef, describeAttempt } from '../contract/attempt-ref';
import type { KillReport } from '../contract/kill-report';
import type { ProcessInfo } from '../contract/process-ref';
import type { AfterKill, AttemptKill } from '../contract/host-requests';
import { GuardianLink } from '../guardian/guardian-link';
import type { Containment } from '../process/containment/level';
import { openContainment } from '../process/containment/containment';
import { systemTable } from '../process/system-table';
import { Ledger, type LedgerEntry, dropEmptyGroups } from '../tracking/ledger';
import type { Leftovers, OpenedAttempt, ReaperLink, ReaperNotices } from '../tracking/link';
import type { ReaperConfig } from './config';
import { Deadlines } from './deadlines';
import { fenceElsewhere } from './fence-elsewhere';
import { killEarlier } from './kill-earlier';
import { logKill, logLeftovers } from './log-kill';
import { outageLogger } from './log-outage';
import { MissedKills } from './missed-kills';
import { ProcessKiller } from './process-killer';
import { sweepAtStart } from './sweep-at-start';
import { Watch } from './watch';

/** An emptied group's number is forgotten before the pid space can have wrapped, which takes seconds at least. */
const DROP_GROUPS_MS = 500;

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
  private readonly missed = new MissedKills();
  private readonly killer: ProcessKiller;
  private connection: ConnectionLike | undefined;
  private watch: Watch | undefined;
  private readonly guardian: GuardianLink | undefined;
  private readonly deadlines: Deadlines;
  private readonly groupTimer: NodeJS.Timeout;

  /** @throws ReaperError `CONTAINMENT_UNAVAILABLE` */
  constructor(
    private readonly config: ReaperConfig,
    readonly form: 'thread' | 'inline',
    private readonly notices: ReaperNotices,
  ) {
    ({ hostId: this.hostId, workerPid: this.workerPid, namespace: this.namespace, version: this.version } = config);
    this.killer = new ProcessKiller(config.mark, openContainment(config.containment));
    if (this.level === 'basic' && config.containment === 'auto') {
      const reason = this.levelReason;
      notices.log('WARN', 'Containment level "basic": daemons, and what left its group, survive a kill', { reason });
    }
    // Without markers it would find nothing.
    if (config.guardian && this.level !== 'basic') {
      this.guardian = new GuardianLink(config.mark, config.escalation, (message) => notices.log('WARN', message));
      this.guardian.start();
    }
    this.groupTimer = setInterval(() => this.entries().forEach(dropEmptyGroups), DROP_GROUPS_MS).unref();
    this.deadlines = new Deadlines(config.mark, this.guardian, (entry) => {
      this.killEntry(entry, { then: 'cancel', reason: 'its time is up' }).catch(() => undefined); // reported there
    });
  }

  /** Kills what workers of this host that are gone have left. */
  sweep(): Promise<void> {
    return sweepAtStart(this.config.mark.hostId, this.killer, this.config.escalation, this.notices.log);
  }

  get level(): Containment['level'] {
    return this.killer.containment.level;
  }

  get levelReason(): string {
    return this.killer.containment.reason;
  }

  connect(connection: ConnectionLike): void {
    this.connection = connection;
    const onOver = (entry: LedgerEntry, reason: string): void => {
      this.killEntry(entry, { then: 'cancel', reason }).catch(() => undefined); // reported there
    };
    this.watch = new Watch(connection, this.ledger, onOver, outageLogger(this.notices.log));
    if (this.config.watchIntervalMs !== false) this.watch.start(this.config.watchIntervalMs);
  }

  /** Kills what attempts are still open, also those that complete asynchronously: nobody looks after them from now on. */
  async stop(): Promise<void> {
    clearInterval(this.groupTimer);
    const kill = { then: 'retry', reason: 'its worker stopped' } as const;
    await Promise.allSettled(this.entries().map((entry) => this.killEntry(entry, kill)));
    this.deadlines.stop();
    this.watch?.stop();
    this.guardian?.goodbye();
  }

  /* ---- ReaperLink: what the main thread tells ---- */

  open(opened: OpenedAttempt): void {
    const entry = this.ledger.open(opened);
    const missed = this.missed.take(opened.attempt);
    if (missed) this.killEntry(entry, missed).catch(() => undefined); // reported there
  }

  async fence(attempt: AttemptRef, reach: 'host' | 'cluster'): Promise<void> {
    const all = reach === 'cluster' && fenceElsewhere(this.connection, this.config, attempt, this.notices.log);
    await Promise.all([this.killEarlier(attempt), all]);
  }

  processStarted(token: string, pid: number, leadsGroup: boolean): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    const found = systemTable().read(pid);
    // It may be gone and reaped already, even its number given away; its group may still have members.
    if (found && [this.workerPid, 0].includes(found.ppid)) entry.roots.set(pid, { pid, startTicks: found.startTicks });
    if (leadsGroup) entry.groups.add(pid);
    this.mayHaveProcesses(entry);
  }

  cleanupRegistered(token: string): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    entry.hasCleanup = true;
    this.mayHaveProcesses(entry);
  }

  markerHandedOut(token: string): void {
    const entry = this.ledger.get(token);
    if (entry) this.mayHaveProcesses(entry);
  }

  processExited(token: string, pid: number): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    entry.roots.delete(pid);
    dropEmptyGroups(entry);
  }

  syncStarted(token: string, sinceTicks: string): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    entry.syncDepth += 1;
    entry.syncSinceTicks = sinceTicks;
    this.mayHaveProcesses(entry);
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
    if (leftovers === 'keep' && entry.isLive && !entry.kill) {
      entry.detached = true;
      return;
    }
    this.ledger.delete(token);
    this.deadlines.lift(token);
    if (leftovers === 'warn' && entry.isLive && !entry.kill) void logLeftovers(this.notices.log, entry, this.killer);
  }

  async reportCancellation(token: string): Promise<void> {
    const entry = this.ledger.get(token);
    if (!entry || !this.connection) return;
    const { workflowService } = this.connection;
    await workflowService.respondActivityTaskCanceled({ namespace: this.namespace, taskToken: entry.taskToken });
  }

  entries(): LedgerEntry[] {
    return this.ledger.all();
  }

  find(ref: AttemptRef): LedgerEntry | undefined {
    return this.ledger.find(ref);
  }

  findProcesses(entry: LedgerEntry): Promise<ProcessInfo[]> {
    return this.killer.find(entry);
  }

  reportsOf = (ref: AttemptRef): AttemptKill[] => this.ledger.reportsOf(ref);

  killAbsent(ref: AttemptRef, request: KillOptions): Promise<KillReport> {
    this.missed.add(ref, request);
    return this.killer.killMarked(ref, request.escalation ?? this.config.escalation);
  }

  killEarlier(attempt: AttemptRef): Promise<AttemptKill[]> {
    const kill: Parameters<typeof killEarlier>[2] = (...args) => this.killEntry(...args);
    return killEarlier(attempt, this.entries(), kill, this.killer, this.config.escalation);
  }

  killEntry(entry: LedgerEntry, { then, reason, escalation }: KillOptions): Promise<KillReport> {
    if (entry.kill) return entry.kill.report;
    entry.door.close();
    this.deadlines.lift(entry.token);
    this.notices.killing(entry.token, then, reason);
    const report = this.killer.kill(entry, this.entries(), escalation ?? entry.escalation);
    entry.kill = { then, reason, report };
    report.then(
      (done) => this.killed(entry, reason, done),
      (error) => {
        entry.kill = undefined; // the next request is a new try
        this.notices.log('ERROR', 'A kill broke', { attempt: describeAttempt(entry.attempt), error: String(error) });
        this.notices.killed(entry.token, this.nothingKilled());
      },
    );
    if (then === 'cancel') void this.follow(entry);
    return report;
  }

  private killed(entry: LedgerEntry, reason: string, report: KillReport): void {
    this.ledger.keepReport(entry, report);
    // A kill that found nothing is not the last word: the watch, or a later request, kills again.
    if (report.processes.length === 0 && !entry.hasCleanup) entry.kill = undefined;
    if (entry.detached) this.ledger.delete(entry.token);
    this.notices.killed(entry.token, report);
    logKill(this.notices.log, entry.attempt, reason, report);
  }

  /** Tells the main thread when Temporal has what the attempt is held open for. */
  private async follow(entry: LedgerEntry): Promise<void> {
    await entry.kill?.report.catch(() => undefined); // reported where it was started
    if (!this.watch || !entry.watchable) return;
    const isOpen = (): boolean => this.ledger.get(entry.token) === entry;
    if (await this.watch.follow(entry, isOpen)) this.notices.cancelRequested(entry.token);
  }

  private mayHaveProcesses(entry: LedgerEntry): void {
    entry.isLive = true;
    this.deadlines.arm(entry);
  }

  private nothingKilled(): KillReport {
    const { level, proof } = this.killer.containment;
    return { level, proof, startedAt: Date.now(), durationMs: 0, looks: 0, processes: [] };
  }
}
