import { isAbsolute } from 'node:path';
import { ReaperError } from '../contract/errors';
import type { CheckedCommand } from './command-request';

/** Which of a command's outputs. */
export type OutputStream = 'stdout' | 'stderr';

/** What a worker allows to the commands of its workflows, and what it provides for them. */
export interface CommandPolicy {
  /**
   * What may run. A list: only these programs, by name or absolute path; no scripts, no `env`, no files for the output. A
   * function: it decides alone, from the checked request. Default: everything, as the worker's user.
   */
  allows?: readonly string[] | ((command: CheckedCommand) => boolean);
  /** Looks a secret up; undefined: there is none of that name. Default: the worker's environment variable of that name. */
  secretOf?: (name: string) => string | undefined | Promise<string | undefined>;
  /**
   * Receives all output, masked, as it comes; the next piece waits for a promise that it returns. It runs in the activity's
   * context. If it fails, it is called no more, and the activity fails when the command has ended.
   */
  onOutput?: (chunk: Buffer, stream: OutputStream) => unknown;
}

/** With these, an allowed program can be made to do anything. */
const NOT_WITH_LIST = ['env', 'stdoutFile', 'stderrFile'] as const;

const KNOWN: (keyof CommandPolicy)[] = ['allows', 'secretOf', 'onOutput'];

const isFunction = (value: unknown): boolean => typeof value === 'function';

/** A misspelt or wrong policy must not allow everything. */
function mistakeIn(policy: CommandPolicy): string | undefined {
  const { allows, secretOf, onOutput } = policy;
  const unknown = Object.keys(policy).filter((name) => !KNOWN.includes(name as keyof CommandPolicy));
  if (unknown.length > 0) return `it has no option "${unknown.join('", "')}"; its options are ${KNOWN.join(', ')}`;
  if (secretOf !== undefined && !isFunction(secretOf)) return 'secretOf must be a function';
  if (onOutput !== undefined && !isFunction(onOutput)) return 'onOutput must be a function';
  if (allows === undefined || isFunction(allows)) return undefined;
  if (!Array.isArray(allows) || !allows.every((file) => typeof file === 'string' && file !== '')) {
    return 'allows must be a list of programs, or a function';
  }
  const relative = (allows as string[]).filter((file) => file.includes('/') && !isAbsolute(file));
  if (relative.length === 0) return undefined;
  return `allows has "${relative.join('", "')}": give a name or an absolute path, since a request chooses the folder`;
}

/** @throws ReaperError `OPTION_INVALID` */
export function checkPolicy(policy: CommandPolicy): void {
  const mistake = mistakeIn(policy);
  if (mistake !== undefined) throw new ReaperError('OPTION_INVALID', `commandActivity: ${mistake}`);
}

/** @throws ReaperError `COMMAND_NOT_ALLOWED` */
export function assertAllowed({ allows }: CommandPolicy, command: CheckedCommand): void {
  const refuse = (why: string) => new ReaperError('COMMAND_NOT_ALLOWED', `This worker does not allow ${why}`);
  if (allows === undefined) return;
  if (typeof allows === 'function') {
    if (!allows(command)) throw refuse('this command');
    return;
  }
  if (command.file === undefined) throw refuse('scripts');
  if (!allows.includes(command.file)) throw refuse(`${command.name}; it allows ${allows.join(', ') || 'nothing'}`);
  const refused = NOT_WITH_LIST.find((name) => command[name] !== undefined);
  if (refused) throw refuse(refused);
}
