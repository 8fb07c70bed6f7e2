import { ReaperError } from '../contract/errors';
import { type ReaperPluginOptions, resolveOptions } from './options';

const PREFIX = 'TEMPORAL_REAPER_';
/** Holds any options as JSON. */
const ALL = `${PREFIX}OPTIONS`;

/** The options that have a variable of their own. */
const SINGLE = [
  'hostId',
  'containment',
  'leftovers',
  'ownSession',
  'fence',
  'neverTrack',
  'guardian',
  'control',
  'workflowInterceptor',
  'escalation.signal',
  'escalation.graceMs',
  'escalation.settleMs',
  'watch.intervalMs',
  'watch.everyActivity',
];

/** `watch.intervalMs` is `TEMPORAL_REAPER_WATCH_INTERVAL_MS`. */
function variableOf(option: string): string {
  const words = option.replace('.', '_').replace(/[A-Z]/g, (letter) => `_${letter}`);
  return PREFIX + words.toUpperCase();
}

const optionOf = new Map(SINGLE.map((option) => [variableOf(option), option]));

function valueOf(option: string, text: string): unknown {
  if (option === 'neverTrack') return text.split(',').map((program) => program.trim());
  return text === 'true' || (text !== 'false' && text);
}

function asOptions(option: string, text: string): ReaperPluginOptions {
  const [outer, inner] = option.split('.');
  const value = valueOf(option, text);
  return { [outer]: inner === undefined ? value : { [inner]: value } };
}

function parsed(text: string | undefined): ReaperPluginOptions {
  if (!text) return {};
  try {
    return JSON.parse(text) as ReaperPluginOptions;
  } catch (cause) {
    throw new ReaperError('OPTION_INVALID', `${ALL} is not JSON: ${(cause as Error).message}`, { cause });
  }
}

/** Refuses bad options with the name of the variable that they come from. */
function checkAs(name: string, options: ReaperPluginOptions): ReaperPluginOptions {
  try {
    resolveOptions(options);
    return options;
  } catch (error) {
    if (!(error instanceof ReaperError)) throw error;
    throw new ReaperError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}

/** `over` wins, field by field in `escalation` and `watch`. */
export function mergeOptions(under: ReaperPluginOptions, over: ReaperPluginOptions): ReaperPluginOptions {
  // Left to be refused.
  if (typeof over !== 'object' || over === null || Array.isArray(over)) return over;
  const merged: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over) as [string, unknown][]) {
    if (value === undefined) continue;
    const before = merged[name];
    const isGroup = (each: unknown): each is object => typeof each === 'object' && each !== null;
    const areGroups = ['escalation', 'watch'].includes(name) && isGroup(before) && isGroup(value);
    merged[name] = areGroups ? { ...before, ...value } : value;
  }
  return merged;
}

/** A mistyped name would be ignored. Names that Kubernetes makes for a Service "temporal-reaper" are none of ours. */
function unknownNames(names: string[]): string[] {
  const looksLikeOurs = (name: string): boolean =>
    /^TEMPORAL_REAPER_[A-Z_]+$/.test(name) && !/_(SERVICE|PORT)/.test(name);
  return names.filter((name) => looksLikeOurs(name) && name !== ALL && !optionOf.has(name));
}

const warnedOf = new Set<string>();

/**
 * Reads the plugin's options from the environment: `TEMPORAL_REAPER_OPTIONS` as JSON, then a variable for each of
 * {@link SINGLE}, which wins. An empty variable counts as unset; an unknown one is warned of, once.
 *
 * @throws ReaperError `OPTION_INVALID`, `HOST_ID_INVALID`
 */
export function optionsFromEnvironment(env: NodeJS.ProcessEnv = process.env): ReaperPluginOptions {
  for (const name of unknownNames(Object.keys(env))) {
    if (warnedOf.has(name)) continue;
    warnedOf.add(name);
    process.emitWarning(`temporal-reaper has no option ${name}; there are ${[ALL, ...optionOf.keys()].join(', ')}`);
  }
  const set = [...optionOf].filter(([name]) => env[name]);
  return set
    .map(([name, option]) => checkAs(name, asOptions(option, env[name] ?? '')))
    .reduce(mergeOptions, checkAs(ALL, parsed(env[ALL])));
}
