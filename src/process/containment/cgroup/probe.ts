import * as childProcess from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { getSystemErrorName } from 'node:util';
import { threadId } from 'node:worker_threads';
import { errorCode } from '../../error-code';
import { startTicksOf } from '../../table/liveness';
import { type NativeAddon, nativeInCharge } from '../../native/addon';
import { reapChild } from '../../native/reap';
import { runEnclosed } from '../../native/run-enclosed';
import { signalGroup } from '../../kill/signal-process';
import { receivesOrphans } from '../subreaper/receives-orphans';
import { systemTable } from '../../table/system-table';
import { cgroupExists, isPopulated, killAll, makeCgroup, pidsIn, removeCgroup, removeIfEmpty } from './directory';
import { directoryOf } from './members';
import type { OwnCgroup } from './own-cgroup';

// Saved before the hooks: the probe must not be tracked as part of an attempt.
const { spawn } = childProcess;

const WAIT_MS = 2_000;
const LOOK_MS = 2;
/** The longest that the probe lives if this process dies meanwhile. */
const PROBE_S = 10;

/** What is missing, and what would help. */
export class ProbeObstacle extends Error {
  constructor(
    message: string,
    readonly remedy: string,
  ) {
    super(message);
  }
}

async function until(what: () => boolean): Promise<boolean> {
  for (const end = performance.now() + WAIT_MS; !what(); await delay(LOOK_MS)) {
    if (performance.now() > end) return false;
  }
  return true;
}

function isReaped(pid: number): boolean {
  return reapChild(pid) !== undefined || startTicksOf(pid) === undefined;
}

interface Daemon {
  /** The return value of `NativeAddon.enclose`. */
  entered: number;
  /** Kills it, wherever it is. */
  end(): void;
}

/** Starts a daemon in a session of its own, with an empty environment. */
async function startDaemon(native: NativeAddon, directory: string): Promise<Daemon> {
  const daemon = `(trap "" HUP; exec env -i sleep ${PROBE_S}) </dev/null >/dev/null 2>&1 &`;
  const fd = openSync(directory, 'r');
  const start = (): childProcess.ChildProcess =>
    spawn('/bin/sh', ['-c', daemon], { env: { PATH: '/usr/bin:/bin' }, stdio: 'ignore', detached: true });
  let shell: childProcess.ChildProcess;
  let entered = -1;
  try {
    shell = runEnclosed(native, { cgroup: fd }, start, (how) => (entered = how));
  } finally {
    closeSync(fd);
  }
  const { pid } = shell;
  const startTicks = pid === undefined ? undefined : startTicksOf(pid);
  await new Promise((resolve) => shell.once('error', resolve).once('exit', resolve));
  return {
    entered,
    end: () => {
      if (pid !== undefined && startTicks !== undefined) signalGroup(systemTable(), pid, startTicks, 'SIGKILL');
    },
  };
}

// Reapers of several namespaces share the directory of their process.
let probes = 0;

const DELEGATE =
  'Run the worker as root, or in a cgroup that is delegated to its user, for instance with Delegate=yes in its systemd unit';

function makeDirectory(directory: string, top: string): void {
  try {
    makeCgroup(directory, top);
  } catch (error) {
    const code = errorCode(error) ?? String(error);
    if (code === 'EROFS') {
      throw new ProbeObstacle('the cgroup2 file system is mounted read-only', 'Mount it writable in the container');
    }
    throw new ProbeObstacle(`no cgroup can be made below the worker's own (${code})`, DELEGATE);
  }
}

/**
 * Makes a cgroup, starts a daemon in it that could not be found in any other way, sees it there, kills it, and removes the
 * cgroup.
 *
 * @param directory of the worker
 * @returns whether processes are born in the cgroup, or have to move there
 * @throws ProbeObstacle, at the first step that fails
 */
export async function probeCgroup(own: OwnCgroup, directory: string): Promise<{ atBirth: boolean }> {
  const native = nativeInCharge();
  if ('obstacle' in native) throw new ProbeObstacle(native.obstacle, native.remedy);
  const attempt = join(directory, `probe-${threadId}-${++probes}`);
  let daemon: Daemon | undefined;
  try {
    makeDirectory(attempt, directory);
    if (!cgroupExists(join(attempt, 'cgroup.kill'))) {
      throw new ProbeObstacle('the kernel has no cgroup.kill (Linux 5.14 or later has it)', 'Run a later kernel');
    }
    daemon = await startDaemon(native, attempt);
    const { entered } = daemon;
    if (entered < 0) {
      throw new ProbeObstacle(`no process gets into a cgroup of ours (${getSystemErrorName(entered)})`, DELEGATE);
    }
    const isInside = (): boolean => pidsIn(attempt).some((pid) => directoryOf(own, pid) === attempt);
    if (!(await until(isInside))) throw new ProbeObstacle('no process is seen in a cgroup of ours', DELEGATE);
    if (!(await until(() => isPopulated(attempt)))) {
      throw new ProbeObstacle('the kernel does not report a cgroup as populated', '');
    }
    const members = pidsIn(attempt);
    killAll(attempt);
    if (!(await until(() => !isPopulated(attempt)))) throw new ProbeObstacle('cgroup.kill does not empty a cgroup', '');
    // As PID 1 we inherit the daemon, a moment after its cgroup is empty.
    if (receivesOrphans()) await until(() => members.every(isReaped));
    return { atBirth: entered === 0 };
  } finally {
    daemon?.end(); // if it has not entered, or cgroup.kill was refused
    await until(() => removeCgroup(attempt));
    removeIfEmpty(directory);
  }
}
