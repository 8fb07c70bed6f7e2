import * as childProcess from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { NativeAddon } from '../../native/addon';
import { runEnclosed } from '../../native/run-enclosed';
import { lockLimitOf } from '../../native/lock-limit';
import { isNodesChild, reapChild } from '../../native/reap';
import type { ProcessTable } from '../../table/process-table';
import { signalProcess } from '../../kill/signal-process';
import type { AttemptTags } from './tags';
import { mainChildren } from './thread-children';

// Saved before the hooks: the probe must not be tracked as part of an attempt.
const { spawn } = childProcess;

const STEP_MS = 2_000;
const TURN_MS = 2;
/** The longest that the probe lives if this process dies meanwhile. */
const PROBE_S = 60;

/** Leaves an orphan in its own session, with an empty environment. */
const DAEMON = `sleep ${PROBE_S} >/dev/null 2>&1 & echo $!`;

async function within(condition: () => boolean): Promise<boolean> {
  for (const end = performance.now() + STEP_MS; performance.now() < end; await delay(TURN_MS)) {
    if (condition()) return true;
  }
  return condition();
}

/**
 * Starts a daemon, finds it by its tag alone, kills it and reaps it.
 *
 * @returns what did not work; empty if everything did
 */
export async function probeSubreaper(native: NativeAddon, table: ProcessTable, tags: AttemptTags): Promise<string> {
  const tag = tags.format(native.nextNumber());
  const start = (): childProcess.ChildProcess =>
    spawn('/bin/sh', ['-c', DAEMON], { env: {}, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const shell = runEnclosed(native, { tag }, start, () => undefined);
  let text = '';
  shell.stdout?.on('data', (data: Buffer) => (text += data.toString()));
  const closed = once(shell, 'close').catch((error: Error) => error);
  if (shell.pid === undefined) return `the probe does not start: ${String(await closed)}`;
  if (!isNodesChild(shell.pid)) return "Node's own children cannot be told from orphans";
  await closed;

  const pid = Number(text);
  const daemon = pid > 0 ? table.read(pid) : undefined;
  if (!daemon) return `the probe has started no daemon (it says ${JSON.stringify(text)})`;
  try {
    if (!(await within(() => table.read(pid)?.ppid === process.pid))) return 'an orphan does not become our child';
    if (!mainChildren().includes(pid))
      return 'the kernel does not list an orphan among the children of the main thread';
    if (lockLimitOf(pid) !== tag) return 'an orphan has not inherited the limit on file locks';
  } finally {
    signalProcess(table, daemon, 'SIGKILL');
  }
  // The orphan carries a tag of this process, so another reaper in it may be faster.
  const isGone = (): boolean => table.read(pid)?.startTicks !== daemon.startTicks;
  return (await within(() => reapChild(pid) !== undefined || isGone())) ? '' : 'a killed orphan cannot be reaped';
}
