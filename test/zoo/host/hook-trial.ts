/**
 * What the spawn hooks do to `child_process`, in a process of its own: `node hook-trial.js <folder>`, where
 * `early.mjs` of that folder exports `{ spawnSync, exec }` as an ES module took them. Prints JSON.
 */
import * as childProcess from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { ReaperLink } from '../../../src/tracking/reaper-protocol';
import { installSpawnHook } from '../../../src/tracking/spawn-hooks';
import { installSyncHooks } from '../../../src/tracking/sync-hooks';
import { attemptRef, openTracking, runAttempt } from './tracking';

/** Taken before any hook is there. */
const early = { ...childProcess };
const earlyPromise = promisify(childProcess.exec);
const prototype = childProcess.ChildProcess.prototype as unknown as { spawn: (...args: unknown[]) => unknown };
const requireCommonJs = createRequire(__filename);
const exportsOf = (): Record<string, unknown> => ({ ...(requireCommonJs('node:child_process') as object) });

/** Wraps as tracing libraries do. */
function wrap(calls: { count: number }): void {
  const inner = prototype.spawn;
  prototype.spawn = function (this: unknown, ...args: unknown[]): unknown {
    calls.count++;
    return inner.apply(this, args);
  };
}

async function exit(child: childProcess.ChildProcess): Promise<unknown> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

async function main(dir: string): Promise<void> {
  const esm = (await import(join(dir, 'early.mjs'))) as typeof childProcess;
  const before = exportsOf();
  const [outer, inner] = [{ count: 0 }, { count: 0 }];
  wrap(inner);
  const tracking = await openTracking({
    level: 'auto',
    form: 'inline',
    hostId: 'hooks',
    escalation: { signal: 'SIGTERM', graceMs: 500, settleMs: 1_000 },
  });
  const hooked = prototype.spawn;
  installSpawnHook();
  installSyncHooks();
  const idempotent = prototype.spawn === hooked;
  const after = exportsOf();
  const changed = Object.keys(after).filter((name) => after[name] !== before[name]);
  wrap(outer);

  let [started, syncs] = [0, 0];
  const link: ReaperLink = {
    isOnThread: tracking.link.isOnThread,
    tell(command) {
      if (command.type === 'processStarted') started++;
      if (command.type === 'syncStarted') syncs++;
      tracking.link.tell(command);
    },
    ask: (request) => tracking.link.ask(request),
  };
  const result: Record<string, unknown> = { idempotent, changed };
  const tracked: Record<string, number> = {};
  const counted = async (name: string, work: () => unknown): Promise<void> => {
    const [asynchronous, synchronous] = [started, syncs];
    await work();
    tracked[name] = started - asynchronous + (syncs - synchronous);
  };

  await runAttempt({ ...tracking, link }, attemptRef('hooks', 1), new AbortController().signal, async () => {
    const script = join(dir, 'child.js');
    for (const [when, from] of [
      ['early', early],
      ['late', childProcess],
    ] as const) {
      await counted(`${when} spawn`, () => exit(from.spawn('true')));
      await counted(`${when} exec`, () => exit(from.exec('true')));
      await counted(`${when} execFile`, () => exit(from.execFile('true')));
      await counted(`${when} fork`, () => exit(from.fork(script, { execArgv: [] })));
    }
    await counted('late spawnSync', () => childProcess.spawnSync('true'));
    await counted('late execSync', () => childProcess.execSync('true'));
    await counted('late execFileSync', () => childProcess.execFileSync('true'));
    await counted('ES module spawnSync, imported early', () => esm.spawnSync('true'));
    await counted('ES module exec, imported early', () => exit(esm.exec('true')));
    await counted('promisified early', () => earlyPromise('true'));
    await counted('promisified late', () => promisify(childProcess.exec)('true'));
    await counted('new ChildProcess().spawn()', async () => {
      const child = new childProcess.ChildProcess() as childProcess.ChildProcess & { spawn(options: object): void };
      child.spawn({ file: 'true', args: ['true'], stdio: 'ignore' });
      await exit(child);
    });
    await counted('cluster.fork', async () => {
      cluster.setupPrimary({ exec: script, silent: true });
      const worker = cluster.fork();
      const [message] = (await once(worker, 'message')) as [string];
      result.clusterSays = message;
      worker.kill();
      await once(worker, 'exit');
    });
    const child = childProcess.fork(script, ['echo'], { execArgv: [] });
    await once(child, 'message');
    child.send('ping');
    result.forkSays = ((await once(child, 'message')) as [string])[0];
    child.kill();
    await exit(child);

    const promised = promisify(childProcess.exec)('echo out; exit 3');
    result.promiseHasChild = promised.child instanceof childProcess.ChildProcess;
    result.promiseRejects = await promised.catch((error: { code: number; stdout: string }) => [
      error.code,
      error.stdout,
    ]);
    result.spawnSyncGives = childProcess.spawnSync('sh', ['-c', 'echo out; exit 4'], { encoding: 'utf8' });
    result.spawnGetsOptions = await outputOf(
      childProcess.spawn('sh', ['-c', 'pwd; echo $ONLY'], { cwd: '/', env: { ONLY: 'x', PATH: process.env.PATH } }),
    );
    await execa(result, counted, script);
  });
  await tracking.stop();
  console.log(JSON.stringify({ ...result, tracked, wrappers: { outer: outer.count, inner: inner.count, started } }));
  process.exit(0);
}

async function outputOf(child: childProcess.ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (data: Buffer) => (text += data.toString()));
  await once(child, 'close');
  return text;
}

type Counted = (name: string, work: () => unknown) => Promise<void>;

async function execa(result: Record<string, unknown>, counted: Counted, script: string): Promise<void> {
  const { execa: run } = await import('execa');
  await counted('execa', () => run('true'));
  const abort = new AbortController();
  const cancelled = run('sleep', ['100'], { cancelSignal: abort.signal, reject: false });
  await delay(50);
  abort.abort();
  result.execaCancelled = (await cancelled).isCanceled;
  const stubborn = run(process.execPath, [script, 'stubborn'], {
    forceKillAfterDelay: 200,
    reject: false,
    stdout: 'pipe',
  });
  await once(stubborn.stdout, 'data');
  stubborn.kill();
  const { isForcefullyTerminated, signal } = await stubborn;
  result.execaForced = [isForcefullyTerminated, signal];
  result.execaFails = await run('sh', ['-c', 'echo err >&2; exit 5'], { reject: false }).then((it) => [
    it.exitCode,
    it.stderr,
  ]);
}

void main(process.argv[2]);
