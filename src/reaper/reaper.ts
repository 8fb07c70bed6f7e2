import type { ConnectionLike } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { type KillReport, nothingKilled } from '../contract/kill-report';
import type { AfterKill } from '../contract/host-requests';
import type { Containment } from '../process/containment/level';
import { deferred } from '../tracking/deferred';
import { respondCanceled } from '../server/respond-activity';
import { AttemptLedger } from '../tracking/ledger';
import type { LedgerEntry } from '../tracking/ledger-entry';
import type {
  Leftovers,
  OpenedAttempt,
  ReaperCommand,
  ReaperLink,
  ReaperNotices,
  ReaperRequest,
} from '../tracking/reaper-protocol';
import type { ReaperConfig } from './config';
import { AttemptKills } from './kills/attempt-kills';
import { AttemptTimers } from './watch/attempt-timers';
import { DetachedAttempts } from './kills/detached-attempts';
import { fenceElsewhere } from './kills/fence-elsewhere';
import { GuardianUpdates } from './guardian-updates';
import { HOLD_MS, type HoldPort, holdAttempt, holdPort } from './kills/hold-attempt';
import { HostService } from './serve/host-service';
import { logLeftovers } from './kills/log-kill';
import { outageLogger } from './log-outage';
import { ProcessKiller } from './kills/process-killer';
import { ReaperProcess } from './reaper-process';
import { stopAttempt } from './kills/stop-attempt';
import { sweepAtStart } from './kills/sweep-at-start';
import { RunWatch, type WatchEvents } from './watch/run-watch';
import { PollBudget } from './watch/poll-budget';
import { UsageLooks } from './usage/usage-looks';

/**
 * Owns the ledger and the kill engine for one namespace of a worker process. It tracks and kills without a server; once
 * connected, it also watches runs.
 */
export class Reaper implements ReaperLink {
  readonly isOnThread: boolean;
  /** What the activities on its task queues use. */
  readonly host: HostService;
  private readonly ledger: AttemptLedger;
  private readonly killer: ProcessKiller;
  private connection: ConnectionLike | undefined;
  private readonly connected = deferred<ConnectionLike>();
  private watch: RunWatch | undefined;
  private holdPort: HoldPort | undefined;
  private isStopped = false;
  private readonly detached: DetachedAttempts;
  private readonly timers: AttemptTimers;
  private readonly guardian: GuardianUpdates;
  private readonly kills: AttemptKills;
  private readonly usage: UsageLooks | undefined;

  constructor(
    private readonly config: ReaperConfig,
    private readonly form: 'thread' | 'inline',
    private readonly notices: ReaperNotices,
    containment: Containment,
    private readonly process = ReaperProcess.guarded(config, containment, notices),
  ) {
    this.isOnThread = form === 'thread';
    this.ledger = new AttemptLedger(config.workerPid);
    this.killer = new ProcessKiller(config.mark, containment);
    notices.notify({ type: 'counted', counted: { what: 'level', level: containment.level } });
    this.guardian = new GuardianUpdates(config.mark, process.guardian, this.ledger);
    const onExpired = (entry: LedgerEntry, reason: string): void => this.end(entry, reason, 'expire');
    this.timers = new AttemptTimers(process.guardian, () => this.watch, onExpired);
    this.kills = new AttemptKills({
      ledger: this.ledger,
      killer: this.killer,
      notices,
      close: (entry) => this.close(entry, 'leave'),
      onBegin: ({ token }) => this.timers.lift(token),
      holdMs: config.holdMs ?? HOLD_MS,
      reportCancellation: async (entry) => {
        if (this.ledger.get(entry.token) === entry) await this.reportCancellation(entry);
      },
      hold: (held) => {
        const isWanted = (): boolean => !this.isStopped && held.isWanted();
        return holdAttempt({ ...held, isWanted }, () => this.holdPort, outageLogger(notices.log));
      },
    });
    const { beganTicks } = process;
    if (config.measuresUsage) {
      this.usage = new UsageLooks({ ledger: this.ledger, killer: this.killer, notices, beganTicks });
    }
    this.detached = new DetachedAttempts({
      onCompleted: (entry) => this.completed(entry),
      onOver: (entry, reason) => this.end(entry, reason),
      log: notices.log,
    });
    const { ledger, killer, kills } = this;
    this.host = new HostService({ config, form, ledger, killer, kills, notices, process });
    process.join(this.host);
  }

  /** Kills what dead workers of this host have left. */
  sweep(): Promise<void> {
    return sweepAtStart(this.config.mark.hostId, this.killer, this.config.escalation, this.notices);
  }

  connect(connection: ConnectionLike): void {
    this.connection = connection;
    this.connected.resolve(connection);
    this.holdPort = holdPort(connection);
    this.host.identify(connection).catch(() => undefined); // on failure it serves only its own attempts
    const onError = outageLogger(this.notices.log);
    const events: WatchEvents = {
      onOver: (entry, reason, isOver) => {
        if (entry.isDetached) void this.detached.over(entry, reason, connection);
        else this.end(entry, reason, 'cancel', isOver);
      },
      onIdleOver: ({ token }, by) => this.notices.notify({ type: 'holdEnded', token, by }),
      onSilence: (entry, reason) => this.end(entry, reason, 'expire'),
      onError,
    };
    // An inline reaper uses the user's connection.
    const budget = this.form === 'thread' ? new PollBudget() : undefined;
    this.watch = new RunWatch(connection, this.ledger, events, this.config.watchesEveryActivity, budget);
    if (this.config.watchIntervalMs !== false) this.watch.start(this.config.watchIntervalMs);
  }

  /** Kills the attempts that are still open, including those that complete asynchronously: nobody looks after them now. */
  async stop(): Promise<void> {
    this.guardian.stop();
    await Promise.allSettled(
      this.ledger.all().map((entry) => stopAttempt(entry, this.kills, this.connection, this.notices.log)),
    );
    this.isStopped = true;
    this.usage?.stop();
    for (const entry of this.ledger.all()) {
      this.killer.closed(entry);
      this.guardian.close(entry);
    }
    this.timers.stop();
    this.watch?.stop();
    this.process.leave(this.host);
  }

  tell(command: ReaperCommand): void {
    if (command.type === 'open') return this.open(command);
    const entry = this.ledger.get(command.token);
    if (!entry) return;
    if (command.type === 'close') return this.close(entry, command.leftovers);
    if (entry.take(command)) this.mayHaveProcesses(entry);
    else if (command.type === 'processExited') this.processExited(entry);
  }

  async ask(request: ReaperRequest): Promise<KillReport | undefined> {
    if (request.type === 'fence') return this.fence(request);
    const entry = this.ledger.get(request.token);
    switch (request.type) {
      case 'kill':
        return entry ? this.kill(entry, request) : nothingKilled(this.killer.containment);
      case 'finish':
        return entry ? this.kills.finish(entry) : nothingKilled(this.killer.containment);
      case 'reportCancellation':
        if (!entry) throw new Error('The attempt is over: nothing is reported');
        await this.reportCancellation(entry, request.details);
        return undefined;
    }
  }

  private open(opened: OpenedAttempt): void {
    const entry = this.ledger.open(opened);
    if (this.config.watchesEveryActivity && !entry.isLocal) {
      this.timers.armIdle(entry);
      this.watch?.note(entry);
    }
    const missed = this.process.missed.take(opened.attempt);
    if (missed) this.kills.begin(entry, missed).catch(() => undefined); // logged by AttemptKills
  }

  private async fence({ token, attempt, isReset, reach }: ReaperRequest & { type: 'fence' }): Promise<undefined> {
    const request = { before: attempt, isReset };
    const all = reach === 'cluster' && fenceElsewhere(this.connected.promise, this.config, request, this.notices.log);
    await Promise.all([this.host.killEarlier(request, token), all]);
    return undefined;
  }

  private kill(
    entry: LedgerEntry,
    { then, reason, graceMs = Infinity }: ReaperRequest & { type: 'kill' },
  ): Promise<KillReport> {
    const escalation = { ...entry.escalation, graceMs: Math.min(entry.escalation.graceMs, graceMs) };
    return this.kills.begin(entry, { then, reason, escalation });
  }

  private close(entry: LedgerEntry, leftovers: Leftovers): void {
    if (leftovers === 'keep' && entry.isLive && !entry.kill) {
      return entry.detach();
    }
    this.usage?.closed(entry);
    this.ledger.delete(entry.token);
    this.kills.closed(entry);
    this.killer.closed(entry);
    this.guardian.close(entry);
    this.timers.lift(entry.token);
    if (leftovers === 'warn' && entry.isLive && !entry.kill) void logLeftovers(this.notices.log, entry, this.killer);
  }

  private async reportCancellation({ taskToken }: LedgerEntry, details?: Payload[]): Promise<void> {
    if (!this.connection) throw new Error('Not connected: nothing is reported');
    await respondCanceled(this.connection, { namespace: this.config.namespace, taskToken }, details);
  }

  /** The attempt's processes become left-overs, as if its function had returned just now. */
  private completed({ token, leftovers }: LedgerEntry): void {
    const entry = this.ledger.get(token);
    if (!entry || entry.kill || leftovers === 'kill') return;
    this.close(entry, leftovers);
    this.notices.notify({ type: 'closed', token });
  }

  /** Kills an attempt that is over for Temporal or by our own clock. */
  private end(entry: LedgerEntry, reason: string, then: AfterKill = 'cancel', isOver = false): void {
    this.kills.begin(entry, { then, reason, isOver }).catch(() => undefined); // logged by AttemptKills
  }

  private processExited(entry: LedgerEntry): void {
    this.guardian.note(entry);
    this.usage?.changed();
  }

  private mayHaveProcesses(entry: LedgerEntry): void {
    this.guardian.note(entry);
    this.usage?.changed();
    if (entry.kill) return;
    this.timers.armLive(entry);
    this.watch?.note(entry);
  }
}
