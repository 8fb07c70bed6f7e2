import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { lockLimitOf, setLockLimit, UNLIMITED } from '../native/lock-limit';
import { reapChild } from '../native/reap';
import type { ProcessTable } from '../process-table';
import { signalProcess } from '../signal';
import { CALLS, NOBODY, type Tags } from './tags';
import { mainChildren } from './thread-children';

const STEP_MS = 2_000;
const TURN_MS = 2;

/** An orphan in a session of its own, without a word in its environment. It waits for its tag before it forks. */
const DAEMON = 'read x || exit; sleep 60 >/dev/null 2>&1 & echo $!';

async function within(condition: () => boolean): Promise<boolean> {
  for (const end = performance.now() + STEP_MS; performance.now() < end; await delay(TURN_MS)) {
    if (condition()) return true;
  }
  return condition();
}

/**
 * Starts a daemon, finds it by its tag alone, kills it and reaps it.
 *
 * @returns what did not work; empty when all did
 */
export async function probe(table: ProcessTable, tags: Tags): Promise<string> {
  const tag = tags.format({ attempt: NOBODY, call: CALLS - 1 });
  const shell = spawn('/bin/sh', ['-c', DAEMON], { env: {}, detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  let text = '';
  shell.stdout.on('data', (data: Buffer) => (text += data.toString()));
  shell.stdin.on('error', () => undefined); // it is gone: then it prints no pid
  const closed = once(shell, 'close').catch((error: Error) => error);
  if (shell.pid === undefined) return `the probe does not start: ${String(await closed)}`;
  // Not by the limit that we hand on: other threads may be starting processes of their own.
  const isTagged = setLockLimit(shell.pid, tag, UNLIMITED);
  shell.stdin.end(isTagged ? 'go\n' : '');
  await closed;
  if (!isTagged) return 'the kernel does not set a limit on file locks';

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
  if (!(await within(() => reapChild(pid) !== undefined))) return 'a killed orphan cannot be reaped';
  return table.read(pid) === undefined ? '' : 'a reaped orphan is still in the process table';
}
