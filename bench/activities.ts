import { execSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Context } from '@temporalio/activity';
import { scopeStorage } from '../src/tracking/scope-storage';

const HOLD = 'exec 3>"$0"; echo up >&3; exec sleep 600';
/** Five processes: the shell and four children. */
const HOLD_FIVE = 'exec 3>"$0"; for i in 1 2 3 4; do sleep 600 & done; echo up >&3; wait';

/** Two processes: the shell and its child. */
const HOLD_SHELL = 'exec 3>"$0"; sleep 600 & echo up >&3; wait';
/** Two processes: the child, and a daemon with its own session, whose parent has exited. */
const HOLD_DAEMON = 'exec 3>"$0"; (setsid sleep 600 &); echo up >&3; exec sleep 600';
/** Fifty processes: the shell and its children. */
const HOLD_MANY = 'exec 3>"$0"; i=0; while [ $i -lt 49 ]; do sleep 600 & i=$((i+1)); done; echo up >&3; wait';

async function untilExit(child: ChildProcess): Promise<void> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== 0) throw new Error(`ended with ${code ?? signal}`);
}

/** Does nothing about its cancel. */
export async function silent(fifo: string): Promise<void> {
  await untilExit(spawn('sh', ['-c', HOLD, fifo], { stdio: 'ignore' }));
}

export async function five(fifo: string): Promise<void> {
  await untilExit(spawn('sh', ['-c', HOLD_FIVE, fifo], { stdio: 'ignore' }));
}

export async function shellAndChild(fifo: string): Promise<void> {
  await untilExit(spawn('sh', ['-c', HOLD_SHELL, fifo], { stdio: 'ignore' }));
}

export async function daemon(fifo: string): Promise<void> {
  await untilExit(spawn('sh', ['-c', HOLD_DAEMON, fifo], { stdio: 'ignore' }));
}

export async function many(fifo: string): Promise<void> {
  await untilExit(spawn('sh', ['-c', HOLD_MANY, fifo], { stdio: 'ignore' }));
}

/** Heartbeats and does nothing else. */
export async function beating(fifo: string): Promise<void> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat('at work'), 500);
  try {
    await silent(fifo);
  } finally {
    clearInterval(timer);
  }
}

/** What Temporal's documentation recommends: heartbeat, and end the child when a reply brings the cancel. */
export async function cooperative(fifo: string): Promise<void> {
  const context = Context.current();
  const child = spawn('sh', ['-c', HOLD, fifo], { stdio: 'ignore' });
  const timer = setInterval(() => context.heartbeat(), 100);
  context.cancellationSignal.addEventListener('abort', () => child.kill('SIGTERM'));
  try {
    await untilExit(child);
  } catch (error) {
    context.cancellationSignal.throwIfAborted();
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** Blocks the main loop of its worker. */
export async function blocking(fifo: string): Promise<void> {
  execSync(HOLD.replace('$0', fifo), { stdio: 'ignore' });
}

export async function noop(): Promise<void> {}

/* ---- the minimum that a kill before a cancel needs, with the plain SDK ---- */

/** Reports its pid in a heartbeat. */
export async function withPid(fifo: string): Promise<void> {
  const child = spawn('sh', ['-c', HOLD, fifo], { stdio: 'ignore' });
  Context.current().heartbeat(child.pid);
  await untilExit(child);
}

export async function findPid(workflowId: string): Promise<number> {
  const { client, info } = Context.current();
  const { pendingActivities } = await client.connection.workflowService.describeWorkflowExecution({
    namespace: info.namespace,
    execution: { workflowId },
  });
  const work = pendingActivities?.find(({ activityType }) => activityType?.name === 'withPid');
  return JSON.parse(Buffer.from(work!.heartbeatDetails!.payloads![0].data!).toString()) as number;
}

export async function killPid(pid: number): Promise<void> {
  process.kill(pid, 'SIGTERM');
}

/* ---- what tracking costs a spawn ---- */

export interface SpawnTimes {
  /** Duration of the call itself, which blocks the main loop, in µs. */
  call: number[];
  /** Time from the call to the child's exit, in µs. */
  whole: number[];
}

/** Alternates spawns in the activity and outside it, so that both run under the same conditions. */
export async function spawnInTurn(count: number): Promise<{ tracked: SpawnTimes; plain: SpawnTimes }> {
  if (!scopeStorage.getStore()) throw new Error('This activity is not tracked: the comparison would be void');
  const times = { tracked: { call: [], whole: [] } as SpawnTimes, plain: { call: [], whole: [] } as SpawnTimes };
  const one = async (kind: keyof typeof times): Promise<void> => {
    const begin = performance.now();
    const child = spawn('true', [], { stdio: 'ignore' });
    const called = performance.now();
    await once(child, 'exit');
    times[kind].call.push((called - begin) * 1000);
    times[kind].whole.push((performance.now() - begin) * 1000);
  };
  for (let round = 0; round < count; round++) {
    const order = round % 2 === 0 ? (['tracked', 'plain'] as const) : (['plain', 'tracked'] as const);
    for (const kind of order) await (kind === 'tracked' ? one(kind) : scopeStorage.exit(() => one(kind)));
  }
  return times;
}
