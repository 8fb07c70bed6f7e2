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

/** @throws ReaperError `OPTION_INVALID` */
export function checkPolicy({ allows }: CommandPolicy): void {
  if (!Array.isArray(allows)) return;
  const relative = (allows as string[]).filter((file) => file.includes('/') && !isAbsolute(file));
  if (relative.length === 0) return;
  throw new ReaperError(
    'OPTION_INVALID',
    `commandActivity: allows has "${relative.join('", "')}": give a name or an absolute path, since a request chooses the folder`,
  );
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
