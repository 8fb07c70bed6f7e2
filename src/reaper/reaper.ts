import type { ConnectionLike } from '@temporalio/client';
import type { HostPort, KillOptions } from '../activities/kill';
import type { ListPort } from '../activities/list';
import { type AttemptRef, describeAttempt, sameActivity } from '../contract/attempt-ref';
import type { KillReport } from '../contract/kill-report';
import type { ProcessInfo } from '../contract/process-ref';
import type { AfterKill, AttemptKill } from '../contract/host-requests';
import { GuardianLink } from '../guardian/guardian-link';
import type { Containment } from '../process/containment/level';
import { openContainment } from '../process/containment/containment';
import { startTicksOf } from '../process/identity';
import { Ledger, type LedgerEntry, dropEmptyGroups, isLive } from '../tracking/ledger';
import type { Leftovers, OpenedAttempt, ReaperLink, ReaperNotices } from '../tracking/link';
import type { ReaperConfig } from './config';
import { Deadlines } from './deadlines';
import { logKill } from './log-kill';
import { MissedKills } from './missed-kills';
import { ProcessKiller } from './process-killer';
import { sweepAtStart } from './sweep-at-start';
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
  private readonly missed = new MissedKills();
  private readonly killer: ProcessKiller;
  private connection: ConnectionLike | undefined;
  private watch: Watch | undefined;
  private readonly guardian: GuardianLink | undefined;
  private readonly deadlines: Deadlines;

  /** @throws ReaperError `CONTAINMENT_UNAVAILABLE` */
  constructor(
    private readonly config: ReaperConfig,
    readonly form: 'thread' | 'inline',
    private readonly notices: ReaperNotices,
  ) {
    ({ hostId: this.hostId, workerPid: this.workerPid, namespace: this.namespace, version: this.version } = config);
    this.killer = new ProcessKiller(config, openContainment(config.containment));
    if (this.level === 'basic' && config.containment === 'auto') {
      const reason = this.levelReason;
      notices.log('WARN', 'Containment level "basic": daemons, and what left its group, survive a kill', { reason });
    }
    if (config.guardian) {
      this.guardian = new GuardianLink(config, config.escalation, (message) => notices.log('WARN', message));
      this.guardian.start();
    }
    this.deadlines = new Deadlines(config, this.guardian, (entry) => {
      this.killEntry(entry, { then: 'cancel', reason: 'its time is up' }).catch(() => undefined); // reported there
    });
  }

  /** Kills what workers of this host that are gone have left. */
  sweep(): Promise<void> {
    return sweepAtStart(this.hostId, this.killer, this.config.escalation, this.notices.log);
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
    this.guardian?.goodbye();
  }

  /* ---- ReaperLink: what the main thread tells ---- */

  open(opened: OpenedAttempt): void {
    const entry = this.ledger.open(opened);
    const missed = this.missed.take(opened.attempt);
    if (missed) this.killEntry(entry, missed).catch(() => undefined); // reported there
  }

  async fence(attempt: AttemptRef): Promise<void> {
    const earlier = this.entries().filter((entry) => {
      return sameActivity(entry.attempt, attempt) && entry.attempt.attempt < attempt.attempt;
    });
    const reason = `attempt ${attempt.attempt} follows it`;
    await Promise.all([
      ...earlier.map((entry) => this.killEntry(entry, { then: 'cancel', reason })),
      this.killer.killMarked({ ...attempt, attempt: attempt.attempt - 1 }, this.config.escalation),
    ]);
  }

  processStarted(token: string, pid: number, leadsGroup: boolean): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    const startTicks = startTicksOf(pid);
    // It may be gone and reaped already; its group may still have members.
    if (startTicks !== undefined) entry.roots.set(pid, { pid, startTicks });
    if (leadsGroup) entry.groups.add(pid);
    this.deadlines.arm(entry);
  }

  cleanupRegistered(token: string): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    entry.hasCleanup = true;
    this.deadlines.arm(entry);
  }

  processExited(token: string, pid: number): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    entry.roots.delete(pid);
    dropEmptyGroups(entry);
    if (entry.detached && !isLive(entry)) this.ledger.delete(token);
  }

  syncStarted(token: string, sinceTicks: string): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    entry.syncDepth += 1;
    entry.syncSinceTicks = sinceTicks;
    this.deadlines.arm(entry);
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
    this.deadlines.lift(token);
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
    return this.killer.find(entry);
  }

  reportsOf(ref: AttemptRef): AttemptKill[] {
    return this.ledger.reportsOf(ref);
  }

  killAbsent(ref: AttemptRef, request: KillOptions): Promise<KillReport> {
    this.missed.add(ref, request);
    return this.killer.killMarked(ref, request.escalation ?? this.config.escalation);
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

  private nothingKilled(): KillReport {
    const { level, proof } = this.killer.containment;
    return { level, proof, startedAt: Date.now(), durationMs: 0, looks: 0, processes: [] };
  }
}
