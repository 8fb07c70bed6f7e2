import * as childProcess from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { errorCode } from '../../error-code';
import { startTicksOf } from '../../identity';
import { signalGroup } from '../../signal';
import { systemTable } from '../../system-table';
import type { Start } from '../enclosure';
import { exists, isPopulated, killAll, make, pidsIn, remove, removeIfEmpty, wasEntered } from './directory';
import { directoryOf } from './members';
import type { OwnCgroup } from './own-cgroup';
import { type Trampolines, localeOf, trampolineTo } from './trampoline';

// Taken once: the probe must not be tracked as anybody's.
const { spawn } = childProcess;

const WAIT_MS = 2_000;
const LOOK_MS = 2;
/** So long the probe lives at most, should we die meanwhile. */
const PROBE_S = 10;

const SHELLS = ['/bin/sh', '/usr/bin/sh'];
const PERLS = ['/usr/bin/perl', '/usr/local/bin/perl', '/bin/perl'];

/** Environments in which shells are tempted to meddle: stale, odd, and hardly any. */
const ENVIRONMENTS = [
  ['PATH=/usr/bin:/bin', 'PWD=/nonexistent', 'OLDPWD=/nonexistent/too', 'SHLVL=7', '_=x', 'EMPTY=', 'A=b=c'],
  ['PATH=/usr/bin:/bin'],
];

/** What is missing, in words, and what helps. */
export class Obstacle extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

async function output(
  file: string,
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<{ stdout: string; stderr: string } | undefined> {
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: WAIT_MS, killSignal: 'SIGKILL' });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (texts.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (texts.stderr += data.toString()));
  return new Promise((resolve) => {
    child.once('error', () => resolve(undefined));
    child.once('close', (code) => resolve(code === 0 ? texts : undefined));
  });
}

const cat: Omit<Start, 'env'> = { file: 'cat', args: ['cat', '/proc/self/environ'], isSync: false };

/** Whether a program that starts so has exactly the environment that it was given, and nobody has spoken meanwhile. */
async function keepsEnvironment(procs: string, env: string[], trampolines: Trampolines): Promise<boolean> {
  const command = trampolineTo(procs, { ...cat, env }, trampolines);
  if (typeof command === 'string') return false;
  const pairs = env.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]);
  const said = await output(command.file, command.args.slice(1), Object.fromEntries(pairs) as NodeJS.ProcessEnv);
  const seen = said?.stdout.split('\0').filter((entry) => entry !== '');
  return said?.stderr === '' && seen?.sort().join('\0') === [...env].sort().join('\0');
}

/** Which programs can be used here to enter a cgroup. */
async function findTrampolines(procs: string): Promise<Trampolines> {
  const found: Trampolines = {};
  const keepsAll = async (trampolines: Trampolines, environments: string[][]): Promise<boolean> => {
    const kept = await Promise.all(environments.map((env) => keepsEnvironment(procs, env, trampolines)));
    return kept.every(Boolean);
  };
  const sh = SHELLS.find((path) => existsSync(path));
  if (sh !== undefined && (await keepsAll({ sh }, ENVIRONMENTS))) found.sh = sh;
  const perl = PERLS.find((path) => existsSync(path));
  const ours = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
  const locale = ours.filter((entry) => localeOf([entry]) !== '');
  const perlLocale = localeOf(ours);
  const odd = [...locale, 'PATH=/usr/bin:/bin', 'odd.name=1'];
  if (perl !== undefined && (await keepsAll({ perl, perlLocale }, [odd]))) Object.assign(found, { perl, perlLocale });
  return found;
}

async function until(what: () => boolean): Promise<boolean> {
  for (const end = performance.now() + WAIT_MS; !what(); await delay(LOOK_MS)) {
    if (performance.now() > end) return false;
  }
  return true;
}

/**
 * A daemon in a session of its own, with an empty environment.
 *
 * @returns what kills it wherever it is
 */
async function startDaemon(procs: string, trampolines: Trampolines): Promise<() => void> {
  const daemon = `(trap "" HUP; exec env -i sleep ${PROBE_S}) </dev/null >/dev/null 2>&1 &`;
  const start = { file: '/bin/sh', args: ['/bin/sh', '-c', daemon], env: ENVIRONMENTS[1], isSync: false };
  const command = trampolineTo(procs, start, trampolines);
  if (typeof command === 'string') throw new Obstacle(command, '');
  const child = spawn(command.file, command.args.slice(1), {
    env: { PATH: '/usr/bin:/bin' },
    stdio: 'ignore',
    detached: true,
  });
  const { pid } = child;
  const startTicks = pid === undefined ? undefined : startTicksOf(pid);
  await new Promise((resolve) => child.once('error', resolve).once('exit', resolve));
  return () => {
    if (pid !== undefined && startTicks !== undefined) signalGroup(systemTable(), pid, startTicks, 'SIGKILL');
  };
}

// Reapers of several namespaces share the directory of their process.
let probes = 0;

const DELEGATE =
  'Run the worker as root, or in a cgroup that is delegated to its user, for instance by Delegate=yes in its systemd unit';

function makeDirectory(directory: string, top: string): void {
  try {
    make(directory, top);
  } catch (error) {
    const code = errorCode(error) ?? String(error);
    if (code === 'EROFS') {
      throw new Obstacle('the cgroup2 file system is mounted read-only', 'Mount it writable in the container');
    }
    throw new Obstacle(`no cgroup can be made below the worker's own (${code})`, DELEGATE);
  }
}

/**
 * Makes a cgroup, starts a daemon in it that nothing else could find, sees it there, kills it, and removes the cgroup.
 *
 * @param directory of the worker
 * @returns the programs to enter one by
 * @throws Obstacle, at the first step that fails
 */
export async function probe(own: OwnCgroup, directory: string): Promise<Trampolines> {
  const attempt = join(directory, `probe-${threadId}-${++probes}`);
  const entry = join(attempt, '1');
  let endDaemon = (): void => undefined;
  try {
    makeDirectory(entry, directory);
    if (!exists(join(attempt, 'cgroup.kill'))) {
      throw new Obstacle('the kernel has no cgroup.kill (Linux 5.14 or later has)', 'Run a later kernel');
    }
    const trampolines = await findTrampolines(join(entry, 'cgroup.procs'));
    if (trampolines.sh === undefined && trampolines.perl === undefined) {
      throw new Obstacle(
        'neither /bin/sh nor Perl starts a program with its environment unchanged',
        'Install a POSIX shell',
      );
    }
    endDaemon = await startDaemon(join(entry, 'cgroup.procs'), trampolines);
    const isInside = (): boolean => pidsIn(entry).some((pid) => directoryOf(own, pid) === entry);
    if (!(await until(isInside))) throw new Obstacle('a process cannot move itself into a cgroup of ours', DELEGATE);
    if (!(await until(() => wasEntered(entry) && isPopulated(attempt)))) {
      throw new Obstacle('the kernel does not say that a cgroup is populated', '');
    }
    killAll(attempt);
    if (!(await until(() => !isPopulated(attempt)))) throw new Obstacle('cgroup.kill does not empty a cgroup', '');
    if (!wasEntered(entry)) throw new Obstacle('the kernel does not account the CPU time of a cgroup', '');
    return trampolines;
  } finally {
    endDaemon(); // where it has not entered, or cgroup.kill was refused
    await until(() => remove(attempt));
    removeIfEmpty(directory);
  }
}
