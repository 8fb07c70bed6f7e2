import type { Context } from '@temporalio/activity';
import type { AttemptRef } from '../../../src/contract/attempt-ref';
import { activityInterceptors } from '../../../src/interceptors/activity-inbound';
import { ownStartTicks } from '../../../src/process/table/liveness';
import type { Encloser } from '../../../src/process/containment/enclosure';
import { openForWorker } from '../../../src/process/containment/ladder';
import type { Containment } from '../../../src/process/containment/level';
import { openEncloser } from '../../../src/process/containment/open-encloser';
import type { ReaperConfig } from '../../../src/reaper/config';
import { Reaper } from '../../../src/reaper/reaper';
import { ThreadLink } from '../../../src/reaper/thread/thread-link';
import type { ActivityTracking } from '../../../src/tracking/attempt-run';
import { OpenAttempts } from '../../../src/tracking/open-attempts';
import type { ReaperLink } from '../../../src/tracking/reaper-protocol';
import { installSpawnHook } from '../../../src/tracking/spawn-hooks';
import { installSyncHooks } from '../../../src/tracking/sync-hooks';
import type { HostFixture } from './protocol';

const NAMESPACE = 'zoo';
/** Nobody listens there: a reaper tracks and kills without a server. */
const NO_SERVER = { address: '127.0.0.1:1' };

const WORKER = { shutdownMs: undefined, encode: async () => undefined, heartbeatThrottleMs: () => 0 };

/** What a worker's plugin sets up, without a server. A change of how that is done is a change of this file alone. */
export interface HostTracking extends ActivityTracking {
  /** The reaper itself, where it is in this thread. */
  reaper?: Reaper;
  /** The level itself, where the reaper is in this thread. */
  containment?: Containment;
  tokens: Map<string, string>;
  logged: string[];
  stop(): Promise<void>;
}

/** @throws ReaperError `CONTAINMENT_UNAVAILABLE` */
export async function openTracking({
  level,
  form,
  hostId,
  escalation,
  ownSession,
  leftovers = 'leave',
}: HostFixture): Promise<HostTracking> {
  installSpawnHook();
  installSyncHooks();
  const logged: string[] = [];
  const attempts = new OpenAttempts((severity, message, attributes) => {
    logged.push(`${severity} ${message} ${JSON.stringify(attributes ?? {})}`);
  });
  const mark = { hostId, workerPid: process.pid, workerStartTicks: ownStartTicks() };
  const config: ReaperConfig = {
    hostId,
    workerPid: process.pid,
    mark,
    namespace: NAMESPACE,
    containment: level,
    control: false,
    watchIntervalMs: false,
    guardian: false,
    guardianEscalation: escalation,
    escalation,
    version: '0.0.0',
  };
  const { inner, reaper, containment, encloser } = await open(form, config, attempts);
  const tokens = new Map<string, string>();
  return {
    reaper,
    containment,
    tokens,
    logged,
    mark,
    link: remembering(inner, tokens),
    attempts,
    ownSession: ownSession ?? true,
    encloser,
    leftovers,
    fence: 'off',
    neverTracks: () => false,
    escalationOf: () => escalation,
    stop: () => inner.stop(),
  };
}

interface Opened {
  inner: ReaperLink & { stop(): Promise<void> };
  reaper?: Reaper;
  containment?: Containment;
  encloser: Encloser | undefined;
}

async function open(form: HostFixture['form'], config: ReaperConfig, attempts: OpenAttempts): Promise<Opened> {
  if (form === 'inline') {
    const containment = await openForWorker(config.containment, config.mark);
    const reaper = new Reaper(config, 'inline', attempts, containment);
    const encloser = openEncloser(containment.encloserData, (message) => attempts.log('WARN', message));
    return { inner: reaper, reaper, containment, encloser };
  }
  const events = { onRestart: () => undefined, onGiveUp: () => attempts.abandon() };
  const data = { config, connection: NO_SERVER };
  const link = await ThreadLink.start(data, attempts, events);
  return { inner: link, encloser: link.encloser };
}

/** The same link; notes under which token each attempt was opened. */
function remembering(link: ReaperLink, tokens: Map<string, string>): ReaperLink {
  return {
    isOnThread: link.isOnThread,
    tell(command) {
      if (command.type === 'open')
        tokens.set(`${command.attempt.activityId}#${command.attempt.attempt}`, command.token);
      link.tell(command);
    },
    ask: (request) => link.ask(request),
  };
}

export function attemptRef(activity: string, number: number): AttemptRef {
  return { namespace: NAMESPACE, workflowId: 'zoo', runId: 'run', activityId: activity, attempt: number };
}

/** As much of an activity's context as the interceptor reads; `cancelled` is what its signal aborts with. */
export function contextOf(ref: AttemptRef, cancel: AbortSignal): Context {
  const { namespace, workflowId, runId, activityId, attempt } = ref;
  const info = {
    namespace,
    workflowExecution: { workflowId, runId },
    activityId,
    attempt,
    activityType: 'zoo',
    taskToken: new Uint8Array([1]),
    base64TaskToken: 'AQ==',
    isLocal: false,
    heartbeatTimeoutMs: 0,
    startToCloseTimeoutMs: 0,
    scheduleToCloseTimeoutMs: 0,
    scheduledTimestampMs: 0,
    currentAttemptScheduledTimestampMs: 0,
  };
  return { info, cancellationSignal: cancel, heartbeat: () => undefined } as unknown as Context;
}

/** Runs a function as the attempt, by the interceptor of the plugin; settles as the attempt does. */
export function runAttempt(
  tracking: HostTracking,
  ref: AttemptRef,
  cancel: AbortSignal,
  work: () => Promise<unknown>,
): Promise<unknown> {
  const { inbound } = activityInterceptors(contextOf(ref, cancel), Promise.resolve(tracking), WORKER);
  if (!inbound?.execute) throw new Error('The plugin has no activity interceptor');
  return inbound.execute({ args: [], headers: {} }, work);
}
