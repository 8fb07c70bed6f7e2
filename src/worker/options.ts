import type { Duration } from '@temporalio/common';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { ReaperError } from '../contract/errors';
import { type Escalation, type EscalationOptions, durationMs, resolveEscalation } from '../contract/escalation';
import { CONTAINMENT_LEVELS, type ContainmentLevel } from '../contract/kill-report';
import { type SpanTracer, checkedTracer } from '../contract/span-tracer';
import { assertHostId } from '../contract/task-queues';
import { defaultHostId } from '../process/host-id';
import { type NeverTrack, checkedNeverTrack } from '../tracking/never-track-option';

/** How the worker notices ends that Temporal does not report to it: terminate, close, timeouts, cancels by other SDKs. */
export interface WatchOptions {
  /**
   * How often to look at a run with live processes that has no long poll open. With a long poll the news arrive at once, and
   * looks are five times as far apart. Default one second; 100 ms to 1 hour.
   */
  intervalMs?: Duration;
  /**
   * Whether to also watch activities without processes, once they have run for a second: their context is cancelled when
   * Temporal has ended them, even if they never heartbeat. Default true.
   */
  everyActivity?: boolean;
}

/** Options of {@link ReaperPlugin}; all are optional. */
export interface ReaperPluginOptions {
  /** Id of this host, meaning one PID namespace. Default: the host's name; in a container with the namespace's inode. */
  hostId?: string;
  /** How processes are killed. `activities` overrides it per activity type. */
  escalation?: EscalationOptions & { activities?: Record<string, EscalationOptions> };
  /** How processes are found. Default `'auto'`: the highest level that works here. */
  containment?: 'auto' | ContainmentLevel;
  /** What to do with processes still alive when their activity returns. Default `'warn'`: leave them and log them. */
  leftovers?: 'warn' | 'leave' | 'kill';
  /**
   * Start each process in its own session, so that its process group is killed atomically. Default true; set it to false for
   * programs that need the worker's terminal.
   */
  ownSession?: boolean;
  /**
   * Where to kill processes of earlier attempts of the same activity before an attempt runs its first line. `'host'`
   * (default): on this host; `'cluster'`: also on every other host of the namespace that takes the request within 4 s;
   * `'off'`: nowhere.
   */
  fence?: 'host' | 'cluster' | 'off';
  /**
   * Programs that are never tracked, such as a helper that a library starts once for all activities: base names, absolute
   * paths, or a function of file and arguments. Default: none. With `exec` and `shell: true` the program is the shell.
   */
  neverTrack?: NeverTrack;
  /**
   * A tracer of OpenTelemetry's, `trace.getTracer('temporal-reaper')`: each process and each kill gets a span, below the
   * span that is active where the activity starts its first process. Default: none.
   */
  tracer?: SpanTracer;
  /** Whether a small process outlives the worker and kills its processes if it dies. Default true. */
  guardian?: boolean;
  /** Whether this process runs the cancellation workflows (about 55 MB). Default true. */
  control?: boolean;
  /** How to watch, through Temporal, the runs whose activities run here; false: not at all. */
  watch?: WatchOptions | false;
  /**
   * Whether workflows of this worker kill before they cancel. Default true. `'replay-only'`: only runs that have done so
   * before, because they need it to replay. It is the first step of removing the interceptor, see docs/rollout.md.
   */
  workflowInterceptor?: boolean | 'replay-only';
  /**
   * Options of the worker's connection, for the reaper's own connection. Needed only when the plugin is given to a Worker
   * and not to `NativeConnection.connect`.
   */
  connection?: Omit<NativeConnectionOptions, 'plugins'>;
}

/** The options with every default filled in. */
export interface ResolvedOptions {
  hostId: string;
  escalation: Escalation;
  escalations: ReadonlyMap<string, Escalation>;
  containment: 'auto' | ContainmentLevel;
  leftovers: 'warn' | 'leave' | 'kill';
  ownSession: boolean;
  fence: 'host' | 'cluster' | 'off';
  neverTrack: NeverTrack;
  tracer?: SpanTracer;
  guardian: boolean;
  control: boolean;
  watchIntervalMs: number | false;
  watchesEveryActivity: boolean;
  workflowInterceptor: boolean | 'replay-only';
  connection?: Omit<NativeConnectionOptions, 'plugins'>;
}

/** The names of all options. */
export const OPTION_NAMES = [
  'hostId',
  'escalation',
  'containment',
  'leftovers',
  'ownSession',
  'fence',
  'neverTrack',
  'tracer',
  'guardian',
  'control',
  'watch',
  'workflowInterceptor',
  'connection',
];

function assertKnown(what: string, value: unknown, known?: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ReaperError('OPTION_INVALID', `${what} must be an object, not ${JSON.stringify(value)}`);
  }
  const unknown = known ? Object.keys(value).filter((key) => !known.includes(key)) : [];
  if (unknown.length > 0) {
    throw new ReaperError(
      'OPTION_INVALID',
      `${what} has no option "${unknown.join('", "')}"; there are ${known?.join(', ')}`,
    );
  }
}

function oneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) {
    throw new ReaperError('OPTION_INVALID', `${name} is ${JSON.stringify(value)}: one of ${allowed.join(', ')}`);
  }
  return value;
}

function flag(name: string, value: boolean): boolean {
  if (typeof value !== 'boolean') {
    throw new ReaperError('OPTION_INVALID', `${name} is ${JSON.stringify(value)}: true or false`);
  }
  return value;
}

type Watching = Pick<ResolvedOptions, 'watchIntervalMs' | 'watchesEveryActivity'>;

function watching(watch: ReaperPluginOptions['watch'] = {}): Watching {
  if (watch === false) return { watchIntervalMs: false, watchesEveryActivity: false };
  assertKnown('watch', watch, ['intervalMs', 'everyActivity']);
  const { intervalMs = 1_000, everyActivity = true } = watch;
  return {
    watchIntervalMs: durationMs('watch.intervalMs', intervalMs, 100, 3_600_000),
    watchesEveryActivity: flag('watch.everyActivity', everyActivity),
  };
}

function workflowInterceptor(value: ReaperPluginOptions['workflowInterceptor'] = true): boolean | 'replay-only' {
  if (typeof value === 'boolean' || value === 'replay-only') return value;
  throw new ReaperError(
    'OPTION_INVALID',
    `workflowInterceptor is ${JSON.stringify(value)}: true, false or "replay-only"`,
  );
}

/**
 * Fills in the defaults; refuses unknown options and impossible values.
 *
 * @throws ReaperError `OPTION_INVALID`, `HOST_ID_INVALID`
 */
export function resolveOptions(options: ReaperPluginOptions = {}): ResolvedOptions {
  assertKnown('ReaperPlugin', options, OPTION_NAMES);
  if (options.escalation !== undefined) {
    assertKnown('escalation', options.escalation, ['signal', 'graceMs', 'settleMs', 'activities']);
  }
  const { activities = {}, ...base } = options.escalation ?? {};
  assertKnown('escalation.activities', activities);
  const escalation = resolveEscalation(base);
  const hostId = options.hostId ?? defaultHostId();
  assertHostId(hostId);
  return {
    hostId,
    escalation,
    escalations: new Map(
      Object.entries(activities).map(([type, override]) => [type, resolveEscalation(override, escalation)]),
    ),
    containment: oneOf('containment', options.containment ?? 'auto', ['auto', ...CONTAINMENT_LEVELS]),
    leftovers: oneOf('leftovers', options.leftovers ?? 'warn', ['warn', 'leave', 'kill']),
    ownSession: flag('ownSession', options.ownSession ?? true),
    fence: oneOf('fence', options.fence ?? 'host', ['host', 'cluster', 'off']),
    neverTrack: checkedNeverTrack(options.neverTrack ?? []),
    tracer: checkedTracer(options.tracer),
    guardian: flag('guardian', options.guardian ?? true),
    control: flag('control', options.control ?? true),
    ...watching(options.watch),
    workflowInterceptor: workflowInterceptor(options.workflowInterceptor),
    connection: options.connection,
  };
}
