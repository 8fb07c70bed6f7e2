export type SyncName = 'spawnSync' | 'execSync' | 'execFileSync';

/** The options of a synchronous call that matter for tracking. */
export interface SyncOptions {
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  shell?: boolean | string;
  detached?: boolean;
}

/** A synchronous call in parts. */
export interface SyncCommand {
  name: SyncName;
  file: unknown;
  args: readonly unknown[];
  options: SyncOptions;
}

/** Whether Node would accept these arguments: a string, followed only by lists and objects. */
export function isWellFormed([file, ...rest]: unknown[]): boolean {
  return typeof file === 'string' && rest.every((arg) => arg === undefined || typeof arg === 'object');
}

/** `(file, args?, options?)`, or `(command, options?)` for `execSync`. */
export function parseSync(name: SyncName, [file, ...rest]: unknown[]): SyncCommand {
  const args = name !== 'execSync' && Array.isArray(rest[0]) ? (rest[0] as unknown[]) : [];
  const options = rest.find((arg) => typeof arg === 'object' && arg !== null && !Array.isArray(arg));
  return { name, file, args, options: options ?? {} };
}

/** The program that Node starts for such a call on a POSIX system, and its arguments. */
export function programOf({ name, file, args, options }: SyncCommand): [file: string, ...args: string[]] {
  const { shell = name === 'execSync' } = options;
  const [program, ...given] = [file, ...args].map(String);
  if (!shell) return [program, ...given];
  const shellFile = typeof shell === 'string' && shell !== '' ? shell : '/bin/sh';
  return [shellFile, '-c', [program, ...given].join(' ')];
}
