import { ReaperError } from '../contract/errors';
import type { CommandRequest } from '../contract/command';
import { FIRST_SIGNALS } from '../contract/escalation';

/** A checked request. */
export interface CheckedCommand extends CommandRequest {
  /** What is started: the program, or the shell with the script. */
  start: [file: string, args: string[]];
  okExitCodes: number[];
  keepBytes: number;
  /** What to call it in messages: never its arguments, which may hold secrets. */
  name: string;
}

const DEFAULT_KEEP_BYTES = 65_536;
const MAX_KEEP_BYTES = 900_000;
const MAX_TIMER_MS = 2 ** 31 - 1;
const MAX_GRACE_MS = 3_600_000;

/** What a program can be given: no text has a NUL byte. */
const isString = (value: unknown): boolean => typeof value === 'string' && !value.includes('\0');
const isText = (value: unknown): boolean => isString(value) && value !== '';
const isListOf =
  (isOne: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(isOne);
const isIntegerTo =
  (max: number, min = 0) =>
  (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max;
const isListOfNames = isListOf((value) => typeof value === 'string' && /^[A-Za-z_]\w*$/.test(value));

function isPattern(value: unknown): boolean {
  try {
    return isText(value) && new RegExp(value as string) instanceof RegExp;
  } catch {
    return false; // a syntax error
  }
}

function isEnvironment(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([name, text]) => /^[^=\0]+$/.test(name) && isString(text));
}

const FIELDS: Record<keyof CommandRequest, { fits: (value: unknown) => boolean; what: string }> = {
  file: { fits: isText, what: 'the name or path of a program' },
  script: { fits: isText, what: 'a shell script' },
  args: { fits: isListOf(isString), what: 'a list of strings' },
  cwd: { fits: isText, what: 'the path of a folder' },
  inheritEnv: { fits: isListOfNames, what: 'a list of names of variables' },
  env: { fits: isEnvironment, what: 'an object whose values are strings' },
  secrets: { fits: isListOfNames, what: 'a list of names of secrets' },
  input: { fits: isString, what: 'a string' },
  stdoutFile: { fits: isText, what: 'the path of a file' },
  stderrFile: { fits: isText, what: 'the path of a file' },
  timeoutMs: { fits: isIntegerTo(MAX_TIMER_MS, 1), what: `a whole number of ms from 1 to ${MAX_TIMER_MS}` },
  killSignal: { fits: (value) => FIRST_SIGNALS.includes(value as never), what: `one of ${FIRST_SIGNALS.join(', ')}` },
  graceMs: { fits: isIntegerTo(MAX_GRACE_MS), what: `a whole number of ms from 0 to ${MAX_GRACE_MS}` },
  progress: { fits: isPattern, what: 'a regular expression' },
  okExitCodes: { fits: isListOf(isIntegerTo(255)), what: 'a list of whole numbers from 0 to 255' },
  keepBytes: { fits: isIntegerTo(MAX_KEEP_BYTES), what: `a whole number from 0 to ${MAX_KEEP_BYTES}` },
};

function invalid(message: string): ReaperError {
  return new ReaperError('OPTION_INVALID', `runCommand: ${message}`);
}

/**
 * Checks a request, which may come from a workflow in any language. A field that is null counts as not given.
 *
 * @throws ReaperError `OPTION_INVALID`; the message names no value but those of numbers and lists of numbers
 */
export function checkCommand(request: unknown): CheckedCommand {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw invalid(`its argument must be one object, such as { file: 'make', args: ['all'] }`);
  }
  const given = Object.entries(request).filter(([, value]) => value !== undefined && value !== null);
  const unknown = given.map(([name]) => name).filter((name) => !Object.hasOwn(FIELDS, name));
  if (unknown.length > 0) {
    throw invalid(`it has no option "${unknown.join('", "')}"; its options are ${Object.keys(FIELDS).join(', ')}`);
  }
  for (const [name, value] of given) {
    const { fits, what } = FIELDS[name as keyof CommandRequest];
    if (!fits(value)) throw invalid(`${name} must be ${what}`);
  }
  const checked = Object.fromEntries(given) as CommandRequest;
  const {
    file,
    script,
    args = [],
    env = {},
    secrets = [],
    okExitCodes = [0],
    keepBytes = DEFAULT_KEEP_BYTES,
  } = checked;
  const both = secrets.filter((secret) => Object.hasOwn(env, secret));
  if (both.length > 0) throw invalid(`env and secrets both have "${both.join('", "')}"`);
  const own = { ...checked, okExitCodes, keepBytes };
  if (file !== undefined && script === undefined) return { ...own, start: [file, args], name: `"${file}"` };
  if (script === undefined || file !== undefined) throw invalid('give either file or script');
  return { ...own, start: ['/bin/sh', ['-c', script, 'sh', ...args]], name: 'The script' };
}
