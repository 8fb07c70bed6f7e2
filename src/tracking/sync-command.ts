import type { Command, Start } from '../process/containment/enclosure';

export type SyncName = 'spawnSync' | 'execSync' | 'execFileSync';

/** The options of a synchronous call that matter here. */
export interface SyncOptions {
  cwd?: string | URL;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  shell?: boolean | string;
  argv0?: string;
  detached?: boolean;
}

/** A synchronous call in parts. */
export interface SyncCommand {
  name: SyncName;
  file: unknown;
  args: readonly unknown[];
  options: SyncOptions;
}

/** Whether Node would take such arguments: a text, and then nothing but lists and objects. */
export function isWellFormed([file, ...rest]: unknown[]): boolean {
  return typeof file === 'string' && rest.every((arg) => arg === undefined || typeof arg === 'object');
}

/** `(file, args?, options?)`, or `(command, options?)` for `execSync`. */
export function parseSync(name: SyncName, [file, ...rest]: unknown[]): SyncCommand {
  const args = name !== 'execSync' && Array.isArray(rest[0]) ? (rest[0] as unknown[]) : [];
  const options = rest.find((arg) => typeof arg === 'object' && arg !== null && !Array.isArray(arg));
  return { name, file, args, options: options ?? {} };
}

/** What Node makes of such a call on a POSIX system. */
export function startOf({ name, file, args, options }: SyncCommand, env: NodeJS.ProcessEnv): Start {
  const { shell = name === 'execSync', argv0, cwd, uid, gid } = options;
  const words = [file, ...args].map(String);
  const shellFile = typeof shell === 'string' && shell !== '' ? shell : '/bin/sh';
  const [program, ...given] = shell ? [shellFile, '-c', words.join(' ')] : words;
  return {
    file: program,
    args: [argv0 ?? program, ...given],
    cwd: cwd instanceof URL ? decodeURIComponent(cwd.pathname) : cwd,
    env: Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`])),
    uid,
    gid,
    isSync: true,
  };
}

/** How Node begins the message of a call whose program failed. */
function failureOf({ name, file, args, options }: SyncCommand): string {
  const words = name === 'execSync' ? [file] : [options.argv0 || file, ...args];
  return `Command failed: ${words.map(String).join(' ')}`;
}

interface SyncError extends Error {
  syscall?: string;
  path?: string;
  spawnargs?: string[];
}

/** Makes an error speak of the command that was given, where another one was started instead. */
export function restoreError(error: unknown, given: SyncCommand, start: Start, started: Command): void {
  if (!(error instanceof Error)) return;
  const failed = error as SyncError;
  const replace = (from: string, to: string): void => {
    const { stack } = failed;
    failed.message = failed.message.replace(from, () => to);
    if (stack !== undefined) failed.stack = stack.replace(from, () => to);
  };
  if (failed.syscall === `spawnSync ${started.file}`) {
    replace(failed.syscall, `spawnSync ${start.file}`);
    Object.assign(failed, { syscall: `spawnSync ${start.file}`, path: start.file, spawnargs: start.args.slice(1) });
  }
  replace(`Command failed: ${[started.file, ...started.args.slice(1)].join(' ')}`, failureOf(given));
}
