import { CompleteAsyncError, type Context } from '@temporalio/activity';
import type { Escalation } from '../contract/escalation';
import type { SpanTracer } from '../contract/span-tracer';
import type { Encloser } from '../process/containment/enclosure';
import { monotonicMs } from '../process/clock';
import { nowTicks } from '../process/table/liveness';
import type { WorkerMark } from '../process/marker';
import { deliverCancel, endKilledAttempt, fetchCancel, keepAlive } from './end-killed-attempt';
import { attemptOf } from './attempt-of';
import { AttemptScope } from './attempt-scope';
import { AttemptSpans } from './attempt-spans';
import { scopeStorage } from './scope-storage';
import { type SentBeats, sentBeatsOf } from './beat-deadline';
import { type DetailsEncoder, encodeDetails } from './encode-details';
import { runCleanups } from './cleanups';
import { EarlyCancel } from './early-cancel';
import { deadlineOf } from './deadline-of';
import { waitForFence, mayFollowOthers } from './wait-for-fence';
import { recordHeartbeats } from './heartbeats';
import { LateOpening } from './late-opening';
import type { HoldEnd, Leftovers, ReaperLink } from './reaper-protocol';
import type { NeverTracks } from './never-track-option';
import { OpenAttempt, type PendingKill } from './open-attempt';
import type { OpenAttempts } from './open-attempts';
import { hideOwnFrames } from './own-frames';
import { type SettledFunction, unwrapSettled } from './settled-function';
import { tellOfStranger } from './warn-of-shared-programs';
import { noteTracked } from './tracked-contexts';

/** What an attempt needs from the worker's reaper. */
export interface ActivityTracking {
  mark: WorkerMark;
  link: ReaperLink;
  attempts: OpenAttempts;
  ownSession: boolean;
  /** Encloses the processes that attempts start, at a level that supports it. */
  encloser?: Encloser;
  leftovers: 'leave' | 'warn' | 'kill';
  /** Where earlier attempts must be dead before an attempt begins. */
  fence: 'host' | 'cluster' | 'off';
  neverTracks: NeverTracks;
  escalationOf(activityType: string): Escalation;
}

/** What an attempt needs from the Worker that runs it. */
export interface HostingWorker extends DetailsEncoder {
  /** Grace period that a shutdown leaves to processes, in ms; undefined: their full grace period. */
  readonly shutdownMs: number | undefined;
  /** Gets the spans of its processes and kills; undefined: nobody does. */
  readonly tracer?: SpanTracer;
  /** The SDK's shortest interval between heartbeats for that heartbeat timeout, in ms. */
  heartbeatThrottleMs(timeoutMs: number): number;
}

/** A task token identifies an attempt, but a mock environment uses the same one for several. */
let nextToken = 1;

/** One attempt of an activity, from its first line until its outcome can be reported. */
export class AttemptRun {
  private readonly scope: AttemptScope;
  private readonly attempt: OpenAttempt;
  private readonly opening: LateOpening;
  private readonly beats: SentBeats | undefined;
  private readonly latestDetails: () => unknown;
  private readonly early: EarlyCancel;
  private readonly deadlineAt: number | undefined;
  private readonly sinceTicks = nowTicks();
  /** Settles when the kill that its context asked for is over. */
  private killed: Promise<void> | undefined;
  private stopBeating = (): void => undefined;
  /** What the reaper does with processes that are still alive when the function has settled. */
  private leftovers: Leftovers = 'leave';
  /** Whether work that the function has started but not awaited may go on and start more processes. */
  private mayStartMore = false;
  /** Whether the activity completes asynchronously. */
  private staysOpen = false;

  private constructor(
    private readonly context: Context,
    private readonly tracking: ActivityTracking,
    private readonly worker: HostingWorker,
  ) {
    const { info } = context;
    const { mark, ownSession, link, encloser, attempts, neverTracks } = tracking;
    this.deadlineAt = deadlineOf(info, monotonicMs());
    this.beats = sentBeatsOf(info, worker);
    this.latestDetails = recordHeartbeats(context, (now) => this.beats?.beat(now));
    this.early = new EarlyCancel(context);
    this.opening = new LateOpening(() => this.tellReaper());
    this.scope = new AttemptScope({
      token: `${info.base64TaskToken}/${nextToken++}`,
      attempt: attemptOf(info),
      mark,
      ownSession,
      link,
      encloser,
      escalation: tracking.escalationOf(info.activityType),
      neverTracks,
      spans: worker.tracer && new AttemptSpans(worker.tracer),
      tellReaper: () => this.opening.now(),
      tellOfStranger: (program) => tellOfStranger(this.scope, program, attempts.log),
      cleanUpLate: () => void runCleanups(this.scope, this.scope.escalation.graceMs, attempts.log),
    });
    this.attempt = new OpenAttempt({
      scope: this.scope,
      link,
      log: attempts.log,
      deadlineAt: this.deadlineAt,
      worker,
      keepAlive: () => this.keepAlive(),
    });
  }

  /**
   * Runs the activity's function as soon as the reaper is ready. Kills its processes when it is cancelled, times out or
   * fails, and decides how it ends. All in one function: each async function of ours costs a user's stack one frame.
   *
   * @param callers see {@link callersOf}
   * @returns the function's value
   * @throws otherwise, the error that the SDK is to report
   */
  static async execute(
    context: Context,
    ready: Promise<ActivityTracking>,
    worker: HostingWorker,
    work: () => Promise<unknown>,
    callers: () => string[],
  ): Promise<unknown> {
    const run = new AttemptRun(context, await ready, worker);
    run.begin();
    try {
      if (mayFollowOthers(context.info)) await run.waitForEarlierAttempts();
      let settled: SettledFunction;
      try {
        settled = { value: await scopeStorage.run(run.scope, work) };
      } catch (error) {
        hideOwnFrames(error, callers);
        settled = { error };
      }
      return await run.end(settled);
    } finally {
      run.close();
    }
  }

  private begin(): void {
    noteTracked(this.context);
    this.tracking.attempts.add(this.attempt);
    const signal = this.context.cancellationSignal;
    if (signal.aborted) this.killNow();
    else signal.addEventListener('abort', this.killNow, { once: true });
    // A function that goes on without its processes must learn of the cancel too, or it would never end.
    void this.attempt.overForServer.then((by) => this.tellFunction(by));
  }

  private async tellFunction(by: HoldEnd): Promise<void> {
    const { context, early, scope } = this;
    if (scope.hasSettled || early.sdkSignal.aborted) return;
    const hasCome = await fetchCancel(context, early.sdkSignal, this.latestDetails);
    // A pause has its own outcome, which only the SDK can give.
    if (!hasCome && by !== 'paused' && !scope.hasSettled) early.tell(by === 'gone' ? 'NOT_FOUND' : 'CANCELLED');
  }

  private readonly killNow = (): void => {
    const { message } = this.context.cancellationSignal.reason as Error;
    const graceMs = message === 'WORKER_SHUTDOWN' ? this.worker.shutdownMs : undefined;
    this.killed = this.attempt.kill('cancel', `it was told to stop (${message})`, graceMs);
  };

  private waitForEarlierAttempts(): Promise<void> {
    return waitForFence(this.context, this.scope, this.tracking, this.latestDetails, this.beats);
  }

  private tellReaper(): void {
    const { info } = this.context;
    const { token, attempt, door, escalation } = this.scope;
    this.tracking.link.tell({
      type: 'open',
      token,
      attempt,
      activityType: info.activityType,
      // A copy: the SDK's array is a view of the whole task, including the arguments.
      taskToken: new Uint8Array(info.taskToken),
      sinceTicks: this.sinceTicks,
      escalation,
      heartbeatTimeoutMs: info.heartbeatTimeoutMs ?? 0,
      beatDeadline: this.beats?.deadline.memory,
      isLocal: info.isLocal,
      deadlineAt: this.deadlineAt,
      leftovers: this.tracking.leftovers,
      door: door.memory,
    });
  }

  private keepAlive(): void {
    this.stopBeating();
    this.stopBeating = keepAlive(this.context, this.latestDetails, this.beats);
  }

  /** The function has settled. */
  private async end(settled: SettledFunction): Promise<unknown> {
    const { scope, attempt, tracking } = this;
    scope.hasSettled = true;
    // A value returned after the cleanup was cut off is not a result.
    const knewOfCancel = this.context.cancellationSignal.aborted && !scope.door.isShut;
    this.staysOpen = 'error' in settled && settled.error instanceof CompleteAsyncError;
    this.mayStartMore = this.staysOpen || (!('error' in settled) && tracking.leftovers !== 'kill');
    if (!this.mayStartMore || scope.door.closings > 0) scope.door.shut();
    if (scope.hasCleanedUp) await attempt.finish();
    // Its function may settle before the reaper has closed the door.
    if (this.early.isAhead) await this.killed;
    const kill = await attempt.latestKill();
    if (kill) return this.endKilled(settled, kill, knewOfCancel);
    if (scope.startedAny && !this.staysOpen) await this.dealWithLeftovers(settled);
    return unwrapSettled(settled);
  }

  private endKilled(settled: SettledFunction, kill: PendingKill, knewOfCancel: boolean): Promise<unknown> {
    const { context, early, scope } = this;
    this.mayStartMore = false;
    const deliver = (details: unknown[]): Promise<boolean> =>
      deliverCancel(context, early.sdkSignal, this.latestDetails, async () => {
        const payloads = await encodeDetails(this.worker, details, context.info, this.tracking.attempts.log);
        await this.tracking.link.ask({ type: 'reportCancellation', token: scope.token, details: payloads });
      });
    return endKilledAttempt({ early, scope, settled, knewOfCancel, kill, deliver });
  }

  private async dealWithLeftovers(settled: SettledFunction): Promise<void> {
    const { leftovers } = this.tracking;
    // The function ended by itself, so its cleanups are not needed.
    this.scope.cleanups.length = 0;
    if ('error' in settled) await this.attempt.kill('retry', 'its function threw');
    else if (leftovers === 'kill') await this.attempt.kill('retry', 'its function returned');
    else this.leftovers = leftovers;
  }

  private close(): void {
    const { scope, opening, tracking, staysOpen } = this;
    this.context.cancellationSignal.removeEventListener('abort', this.killNow);
    this.stopBeating();
    opening.cancel();
    // An attempt that completes asynchronously keeps its processes; the watch kills them when the attempt is over.
    const leftovers = staysOpen && !scope.isIdle ? 'keep' : this.leftovers;
    if (opening.isOpen) tracking.link.tell({ type: 'close', token: scope.token, leftovers });
    tracking.attempts.delete(this.attempt);
    if (!this.mayStartMore) scope.door.shut();
    else if (!staysOpen) scope.hasReturned = true;
  }
}
