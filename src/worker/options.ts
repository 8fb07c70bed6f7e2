import type { Duration } from '@temporalio/common';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { ReaperError } from '../contract/errors';
import { type Escalation, type EscalationOptions, durationMs, resolveEscalation } from '../contract/escalation';
import { CONTAINMENT_LEVELS, type ContainmentLevel } from '../contract/kill-report';
import { assertHostId } from '../contract/task-queues';
import { defaultHostId } from '../process/host-id';
import { type NeverTrack, checkedNeverTrack } from '../tracking/never-track';

/** How the worker learns of ends that it is not told of: terminate, close, timeouts, and cancels by other SDKs. */
export interface WatchOptions {
  /**
   * How often to look at a run with live processes while the server keeps no long poll open for it; with one, news come at
   * once, and a look follows after five times as long. Default one second; 100 ms to 1 hour.
   */
  intervalMs?: Duration;
  /**
   * Whether activities without processes are watched too, from their first second on: their context is cancelled when they
   * are over for Temporal, also when they never heartbeat. Default true.
   */
  everyActivity?: boolean;
}

/** What {@link ReaperPlugin} takes; everything is optional. */
export interface ReaperPluginOptions {
  /** Names this host: one PID namespace. Default: the host's name, with the namespace's inode in a container. */
  hostId?: string;
  /** How processes are killed. `activities` overrides it per activity type. */
  escalation?: EscalationOptions & { activities?: Record<string, EscalationOptions> };
  /** How processes are found. Default `'auto'`: the highest level that works here. */
  containment?: 'auto' | ContainmentLevel;
  /** Processes that are alive when their activity has returned. Default `'warn'`: leave them and log them. */
  leftovers?: 'warn' | 'leave' | 'kill';
  /**
   * Give each process its own session, so that its group is killed atomically. Default true; false for programs that need
   * the worker's terminal.
   */
  ownSession?: boolean;
  /**
   * Before an attempt's first line, processes of earlier attempts of the same activity on this host are killed. Default
   * `'host'`; `'cluster'`: on every other host of the namespace too, as far as they answer within 5 s; `'off'`: not.
   */
  fence?: 'host' | 'cluster' | 'off';
  /**
   * Programs that are never tracked, such as a helper that a library starts once for all activities: base names, absolute
   * paths, or a function that says so of a file and its arguments. Default: none. `exec` and `shell: true` start the shell.
   */
  neverTrack?: NeverTrack;
  /** Whether a small process outlives the worker, and kills what it leaves when it dies. Default true. */
  guardian?: boolean;
  /** Whether this process hosts the cancellation workflows (about 55 MB). Default true. */
  control?: boolean;
  /** How Temporal is asked what becomes of the runs whose activities are here; false: not at all. */
  watch?: WatchOptions | false;
  /**
   * Whether workflows of this worker kill before they cancel. Default true. `'replay-only'`: only runs that have done so
   * before, since another worker could not replay them; this is how it is taken out, see docs/rollout.md.
   */
  workflowInterceptor?: boolean | 'replay-only';
  /**
   * Options of the worker's connection, for the reaper's own. Needed only when the plugin is given to a Worker and not to
   * `NativeConnection.connect`.
   */
  connection?: Omit<NativeConnectionOptions, 'plugins'>;
}

/** The same with every default filled in. */
export interface ResolvedOptions {
  hostId: string;
  escalation: Escalation;
  escalations: ReadonlyMap<string, Escalation>;
  containment: 'auto' | ContainmentLevel;
  leftovers: 'warn' | 'leave' | 'kill';
  ownSession: boolean;
  fence: 'host' | 'cluster' | 'off';
  neverTrack: NeverTrack;
  guardian: boolean;
  control: boolean;
  watchIntervalMs: number | false;
  watchesEveryActivity: boolean;
  workflowInterceptor: boolean | 'replay-only';
  connection?: Omit<NativeConnectionOptions, 'plugins'>;
}

const KNOWN = [
  'hostId',
  'escalation',
  'containment',
  'leftovers',
  'ownSession',
  'fence',
  'neverTrack',
  'guardian',
  'control',
  'watch',
  'workflowInterceptor',
  'connection',
];

function assertKnown(what: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ReaperError('OPTION_INVALID', `${what} must be an object, not ${JSON.stringify(value)}`);
  }
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    throw new ReaperError(
      'OPTION_INVALID',
      `${what} has no option "${unknown.join('", "')}"; there are ${known.join(', ')}`,
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
 * Fills in the defaults; refuses what is unknown or impossible.
 *
 * @throws ReaperError `OPTION_INVALID`, `HOST_ID_INVALID`
 */
export function resolveOptions(options: ReaperPluginOptions = {}): ResolvedOptions {
  assertKnown('ReaperPlugin', options, KNOWN);
  if (options.escalation !== undefined) {
    assertKnown('escalation', options.escalation, ['signal', 'graceMs', 'settleMs', 'activities']);
  }
  const { activities = {}, ...base } = options.escalation ?? {};
  assertKnown('escalation.activities', activities, Object.keys(activities));
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
    guardian: flag('guardian', options.guardian ?? true),
    control: flag('control', options.control ?? true),
    ...watching(options.watch),
    workflowInterceptor: workflowInterceptor(options.workflowInterceptor),
    connection: options.connection,
  };
}
