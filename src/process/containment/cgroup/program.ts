import { accessSync, constants, closeSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Start } from '../enclosure';

/** What glibc looks through when there is no PATH, see execvp(3). */
const DEFAULT_PATH = '/bin:/usr/bin';
/** The kernel follows so many interpreters of interpreters, and reads so much of a first line. */
const MAX_INTERPRETERS = 4;
const FIRST_LINE = 256;

/** The value that a program sees of a variable: of several, the first. */
export function envValue(env: readonly string[], name: string): string | undefined {
  return env.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The interpreter that a script names in its first line; '' when it is no such script. */
function interpreterOf(path: string): string {
  const start = Buffer.alloc(FIRST_LINE);
  const fd = openSync(path, 'r');
  try {
    const length = readSync(fd, start, 0, FIRST_LINE, 0);
    return /^#![ \t]*([^ \t\n\0]+)/.exec(start.toString('latin1', 0, length))?.[1] ?? '';
  } finally {
    closeSync(fd);
  }
}

/** Whether `execve` would take it, as far as can be seen without trying. */
function isProgram(path: string, interpreters = 0): boolean {
  try {
    // Asked first: most folders of a PATH do not have it, and an error costs more than an answer.
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return false;
    accessSync(path, constants.X_OK);
    let interpreter: string;
    try {
      interpreter = interpreterOf(path);
    } catch {
      return true; // it may be run and not read: then it is no script
    }
    return interpreter === '' || (interpreters < MAX_INTERPRETERS && isProgram(interpreter, interpreters + 1));
  } catch {
    return false;
  }
}

/**
 * Whether the program can be started, that is: whether the first error of a start would not come from `execvp`. Looks
 * for it as that does, with the child's own PATH and directory.
 */
export function canStart({ file, cwd: given, env }: Start): boolean {
  const cwd = given ?? process.cwd(); // also null, which Node itself passes on
  try {
    accessSync(cwd, constants.X_OK);
    if (!statSync(cwd).isDirectory()) return false;
  } catch {
    return false;
  }
  if (file.includes('/')) return isProgram(resolve(cwd, file));
  const folders = (envValue(env, 'PATH') ?? DEFAULT_PATH).split(':');
  return file !== '' && folders.some((folder) => isProgram(resolve(cwd, folder, file)));
}
