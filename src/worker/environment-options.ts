import { ReaperError } from '../contract/errors';
import { OPTION_NAMES, type ReaperPluginOptions, resolveOptions } from './options';

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
  // Last: false wins.
  'watch',
];

/** `watch.intervalMs` is `TEMPORAL_REAPER_WATCH_INTERVAL_MS`. */
function variableOf(option: string): string {
  const words = option.replace('.', '_').replace(/[A-Z]/g, (letter) => `_${letter}`);
  return PREFIX + words.toUpperCase();
}

const optionOf = new Map(SINGLE.map((option) => [variableOf(option), option]));

function valueOf(option: string, text: string): unknown {
  if (option === 'neverTrack') return text.split(',').flatMap((program) => program.trim() || []);
  if (option === 'watch' && text === 'true') return {};
  return text === 'true' || (text !== 'false' && text);
}

function asOptions(option: string, text: string): ReaperPluginOptions {
  const [outer, inner] = option.split('.');
  const value = valueOf(option, text);
  return { [outer]: inner === undefined ? value : { [inner]: value } };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function parsed(text: string | undefined): ReaperPluginOptions {
  if (!text) return {};
  let all: ReaperPluginOptions;
  try {
    all = JSON.parse(text) as ReaperPluginOptions;
  } catch (cause) {
    throw new ReaperError('OPTION_INVALID', `${ALL} is not JSON: ${(cause as Error).message}`, { cause });
  }
  // Every worker that inherits it would talk to that server, whatever its own is.
  if (!isObject(all) || !('connection' in all)) return all;
  throw new ReaperError('OPTION_INVALID', `${ALL} has connection, which only code can set`);
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

function withoutUndefined(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}

/** `over` wins, field by field in `escalation` and `watch`. */
export function mergeOptions(under: ReaperPluginOptions, over: ReaperPluginOptions): ReaperPluginOptions {
  // Left to be refused.
  if (!isObject(over) || Array.isArray(over)) return over;
  const given = over as Record<string, unknown>;
  const merged: Record<string, unknown> = { ...under };
  // By name: options may be inherited, or getters.
  for (const name of new Set([...OPTION_NAMES, ...Object.keys(given)])) {
    const [before, value] = [merged[name], given[name]];
    if (value === undefined) continue;
    const isGroup = ['escalation', 'watch'].includes(name) && isObject(before) && isObject(value);
    merged[name] = isGroup ? { ...before, ...withoutUndefined(value) } : value;
  }
  return merged;
}

/** A mistyped name would be ignored. Names that Kubernetes makes for a Service "temporal-reaper" are none of ours. */
function unknownNames(names: string[]): string[] {
  const looksLikeOurs = (name: string): boolean =>
    /^TEMPORAL_REAPER_[A-Z]\w*$/.test(name) && !/_(SERVICE|PORT)/.test(name);
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
