import { ReaperError } from '../contract/errors';

/** A command for `runCommand`. Exactly one of `file` and `script` is given. */
export interface CommandRequest {
  /** The program: a path, or a name that is looked up in PATH. No shell is involved. */
  file?: string;
  /** A script for `/bin/sh`, which sees `args` as `$1`, `$2` and so on. */
  script?: string;
  args?: string[];
  /** Default: the worker's. */
  cwd?: string;
  /** Added to the worker's environment. */
  env?: Record<string, string>;
  /** Written to the command's standard input, which is otherwise empty. */
  input?: string;
  /** Exit codes that count as success, 0 to 255. Default: 0 alone. */
  okExitCodes?: number[];
  /**
   * How much of the end of standard output, and of standard error, to keep: bytes of the JSON text that travels to Temporal.
   * Default 65,536; 0 to 900,000, so that both fit into a payload.
   */
  keepBytes?: number;
}

/** A checked request. */
export interface CheckedCommand extends Omit<CommandRequest, 'script'> {
  file: string;
  args: string[];
  okExitCodes: number[];
  keepBytes: number;
  /** What to call it in messages: never its arguments, which may hold secrets. */
  name: string;
}

const DEFAULT_KEEP_BYTES = 65_536;
const MAX_KEEP_BYTES = 900_000;

const isString = (value: unknown): boolean => typeof value === 'string';
const isText = (value: unknown): boolean => isString(value) && value !== '';
const isListOf =
  (isOne: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(isOne);
const isIntegerTo =
  (max: number) =>
  (value: unknown): boolean =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max;

function isEnvironment(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isString);
}

const FIELDS: Record<keyof CommandRequest, { fits: (value: unknown) => boolean; what: string }> = {
  file: { fits: isText, what: 'the name or path of a program' },
  script: { fits: isText, what: 'a shell script' },
  args: { fits: isListOf(isString), what: 'a list of strings' },
  cwd: { fits: isText, what: 'the path of a folder' },
  env: { fits: isEnvironment, what: 'an object whose values are strings' },
  input: { fits: isString, what: 'a string' },
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
  const { file, script, args = [], okExitCodes = [0], keepBytes = DEFAULT_KEEP_BYTES, ...rest } = checked;
  const own = { ...rest, okExitCodes, keepBytes };
  if (file !== undefined && script === undefined) return { ...own, file, args, name: `"${file}"` };
  if (script === undefined || file !== undefined) throw invalid('give either file or script');
  return { ...own, file: '/bin/sh', args: ['-c', script, 'sh', ...args], name: 'The script' };
}
