import type { ConnectionLike } from '@temporalio/client';
import { type KillReport, nothingKilled } from '../contract/kill-report';
import type { AfterKill } from '../contract/host-requests';
import type { Containment } from '../process/containment/level';
import type { EnclosureRef } from '../process/containment/enclosure';
import { Ledger, type LedgerEntry, dropEmptyGroups, noteRoot } from '../tracking/ledger';
import type { Fence, Leftovers, OpenedAttempt, ReaperLink, ReaperNotices } from '../tracking/link';
import type { ReaperConfig } from './config';
import { AttemptKills } from './attempt-kills';
import { AttemptTimers } from './attempt-timers';
import { Detached } from './detached';
import { fenceElsewhere } from './fence-elsewhere';
import { HOLD_MS, type HoldPort, hold, holdPort } from './hold';
import { HostFace } from './host-face';
import { logLeftovers } from './log-kill';
import { outageLogger } from './log-outage';
import { ProcessKiller } from './process-killer';
import { ReaperProcess } from './reaper-process';
import { stopAttempt } from './stop-attempt';
import { sweepAtStart } from './sweep-at-start';
import { Watch, type WatchEvents } from './watch';
import { PollBudget } from './watch/poll-budget';

/** An emptied group's number is forgotten before the pid space can have wrapped, which takes seconds at least. */
const DROP_GROUPS_MS = 500;

/**
 * Owns the ledger and the kill engine of a namespace in a worker process. It tracks and kills without a server; with a
 * connection it also watches runs.
 */
export class Reaper implements ReaperLink {
  readonly isOnThread: boolean;
  /** What the activities of its task queues work on. */
  readonly host: HostFace;
  private readonly ledger = new Ledger();
  private readonly killer: ProcessKiller;
  private connection: ConnectionLike | undefined;
  private watch: Watch | undefined;
  private holdPort: HoldPort | undefined;
  private isStopped = false;
  private readonly detached: Detached;
  private readonly timers: AttemptTimers;
  private readonly kills: AttemptKills;
  private readonly groupTimer: NodeJS.Timeout;

  constructor(
    private readonly config: ReaperConfig,
    private readonly form: 'thread' | 'inline',
    private readonly notices: ReaperNotices,
    containment: Containment,
    private readonly process = new ReaperProcess(config, containment, notices),
  ) {
    this.isOnThread = form === 'thread';
    this.killer = new ProcessKiller(config.mark, containment);
    notices.counted({ what: 'level', level: containment.level });
    this.groupTimer = setInterval(() => this.ledger.all().forEach(dropEmptyGroups), DROP_GROUPS_MS).unref();
    const onExpired = (entry: LedgerEntry, reason: string): void => this.end(entry, reason, 'expire');
    this.timers = new AttemptTimers(config.mark, process.guardian, () => this.watch, onExpired);
    this.kills = new AttemptKills({
      ledger: this.ledger,
      killer: this.killer,
      notices,
      close: ({ token }) => this.close(token, 'leave'),
      onBegin: ({ token }) => this.timers.lift(token),
      holdMs: config.holdMs ?? HOLD_MS,
      hold: (held) => {
        const isWanted = (): boolean => !this.isStopped && held.isWanted();
        return hold({ ...held, isWanted }, () => this.holdPort, outageLogger(notices.log));
      },
    });
    this.detached = new Detached({
      onCompleted: (entry) => this.completed(entry),
      onOver: (entry, reason) => this.end(entry, reason),
      log: notices.log,
    });
    const { ledger, killer, kills } = this;
    this.host = new HostFace({ config, form, ledger, killer, kills, notices, process });
    process.join(this.host);
  }

  /** Kills what workers of this host that are gone have left. */
  sweep(): Promise<void> {
    return sweepAtStart(this.config.mark.hostId, this.killer, this.config.escalation, this.notices);
  }

  connect(connection: ConnectionLike): void {
    this.connection = connection;
    this.holdPort = holdPort(connection);
    this.host.identify(connection).catch(() => undefined); // then it goes on alone
    const onError = outageLogger(this.notices.log);
    const events: WatchEvents = {
      onOver: (entry, reason) => {
        if (entry.detached) void this.detached.over(entry, reason, connection);
        else this.end(entry, reason);
      },
      onIdleOver: ({ token }) => this.notices.holdEnded(token, true),
      onSilence: (entry, reason) => this.end(entry, reason, 'expire'),
      onError,
    };
    // Inline the connection is the user's.
    const budget = this.form === 'thread' ? new PollBudget() : undefined;
    this.watch = new Watch(connection, this.ledger, events, this.config.watchesEveryActivity, budget);
    if (this.config.watchIntervalMs !== false) this.watch.start(this.config.watchIntervalMs);
  }

  /** Kills what attempts are still open, also those that complete asynchronously: nobody looks after them from now on. */
  async stop(): Promise<void> {
    clearInterval(this.groupTimer);
    await Promise.allSettled(
      this.ledger.all().map((entry) => stopAttempt(entry, this.kills, this.connection, this.notices.log)),
    );
    this.isStopped = true;
    this.ledger.all().forEach((entry) => this.killer.closed(entry));
    this.timers.stop();
    this.watch?.stop();
    this.process.leave(this.host);
  }

  /* ---- ReaperLink: what the main thread tells ---- */

  open(opened: OpenedAttempt): void {
    const entry = this.ledger.open(opened);
    if (this.config.watchesEveryActivity && !entry.isLocal) {
      this.timers.armIdle(entry);
      this.watch?.note(entry);
    }
    const missed = this.process.missed.take(opened.attempt);
    if (missed) this.kills.begin(entry, missed).catch(() => undefined); // reported there
  }

  async fence({ token, attempt, isReset, reach }: Fence): Promise<void> {
    const request = { before: attempt, isReset };
    const all = reach === 'cluster' && fenceElsewhere(this.connection, this.config, request, this.notices.log);
    await Promise.all([this.host.killEarlier(request, token), all]);
  }

  enclosed(token: string, ref: EnclosureRef): void {
    const entry = this.ledger.get(token);
    if (entry) entry.enclosure = ref;
  }

  processStarted(token: string, pid: number, leadsGroup: boolean, isEnclosed: boolean): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    noteRoot(entry, this.config.workerPid, pid, leadsGroup);
    this.killer.started(entry, isEnclosed, pid);
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
    if (!entry) return;
    this.killer.started(entry, false);
    this.mayHaveProcesses(entry);
  }

  processExited(token: string, pid: number): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    entry.roots.delete(pid);
    dropEmptyGroups(entry);
    this.killer.exited(entry);
  }

  syncStarted(token: string, sinceTicks: string, isEnclosed: boolean): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    this.killer.started(entry, isEnclosed);
    entry.syncDepth += 1;
    entry.syncSinceTicks = sinceTicks;
    this.mayHaveProcesses(entry);
  }

  syncEnded(token: string): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    entry.syncDepth -= 1;
    this.killer.exited(entry);
  }

  async kill(token: string, then: AfterKill, reason: string, graceMs = Infinity): Promise<KillReport> {
    const entry = this.ledger.get(token);
    if (!entry) return nothingKilled(this.killer.containment);
    const escalation = { ...entry.escalation, graceMs: Math.min(entry.escalation.graceMs, graceMs) };
    return this.kills.begin(entry, { then, reason, escalation });
  }

  async finish(token: string): Promise<KillReport> {
    const entry = this.ledger.get(token);
    return entry ? this.kills.finish(entry) : nothingKilled(this.killer.containment);
  }

  close(token: string, leftovers: Leftovers): void {
    const entry = this.ledger.get(token);
    if (!entry) return;
    if (leftovers === 'keep' && entry.isLive && !entry.kill) {
      entry.detached = true;
      return;
    }
    this.ledger.delete(token);
    this.kills.closed(entry);
    this.killer.closed(entry);
    this.timers.lift(token);
    if (leftovers === 'warn' && entry.isLive && !entry.kill) void logLeftovers(this.notices.log, entry, this.killer);
  }

  async reportCancellation(token: string): Promise<void> {
    const entry = this.ledger.get(token);
    if (!entry || !this.connection) return;
    const { workflowService } = this.connection;
    await workflowService.respondActivityTaskCanceled({ namespace: this.config.namespace, taskToken: entry.taskToken });
  }

  /** Its processes are left-overs, as if its function had returned now. */
  private completed({ token, leftovers }: LedgerEntry): void {
    const entry = this.ledger.get(token);
    if (!entry || entry.kill || leftovers === 'kill') return;
    this.close(token, leftovers);
    this.notices.closed(token);
  }

  /** Kills an attempt that is over for Temporal, or by our own clock. */
  private end(entry: LedgerEntry, reason: string, then: AfterKill = 'cancel'): void {
    this.kills.begin(entry, { then, reason }).catch(() => undefined); // reported there
  }

  private mayHaveProcesses(entry: LedgerEntry): void {
    entry.isLive = true;
    if (entry.cleanup) entry.cleanup.hasBegun = true;
    if (entry.kill) return;
    this.timers.armLive(entry);
    this.watch?.note(entry);
  }
}
