/**
 * A worker without Temporal: `node main.js <JSON of HostFixture>`, started with an IPC channel. It opens attempts, starts
 * programs in them and kills them as it is told to, and ends with whoever started it.
 */
import { AsyncResource } from 'node:async_hooks';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ReaperError } from '../../../src/contract/errors';
import type { KillReport } from '../../../src/contract/kill-report';
import { untracked } from '../../../src/tracking/activity-api';
import { openCopy, wrapAll } from './company';
import type { CommandName, FromHost, HostCommands, HostFixture, ToHost } from './protocol';
import { startBy } from './routes';
import type { ToHostThread } from './thread';
import { type HostTracking, attemptRef, openTracking, runAttempt } from './tracking';

type Result<Name extends CommandName> = HostCommands[Name]['result'] | Promise<HostCommands[Name]['result']>;
type Handlers = { [Name in CommandName]: (given: HostCommands[Name]['given']) => Result<Name> };

interface OpenAttempt {
  activity: string;
  number: number;
  cancel: AbortController;
  /** Runs a function on behalf of the attempt. */
  inside: <T>(fn: () => T) => T;
  finish: (how: 'returns' | 'throws') => void;
  ended: Promise<string>;
}

/** How often the main loop's lag is measured, in ms. */
const LAG_MS = 5;

async function startThread(fixture: HostFixture): Promise<Worker> {
  const worker = new Worker(join(__dirname, 'thread.js'), { workerData: fixture });
  worker.unref();
  await once(worker, 'message');
  return worker;
}

function handlersOf(tracking: HostTracking, fixture: HostFixture): Handlers {
  const attempts = new Map<string, OpenAttempt>();
  const exits: Record<number, string> = {};
  let thread: Promise<Worker> | undefined;
  let copy: ReturnType<typeof openCopy> | undefined;
  let maxLag = 0;
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    maxLag = Math.max(maxLag, now - last - LAG_MS);
    last = now;
  }, LAG_MS).unref();

  const get = (name: string): OpenAttempt => {
    const attempt = attempts.get(name);
    if (!attempt) throw new Error(`The host has no attempt ${name}`);
    return attempt;
  };
  const entryOf = (name: string) => {
    const { activity, number } = get(name);
    const entry = tracking.reaper?.host.find(attemptRef(activity, number));
    if (!entry) throw new Error(`The reaper does not hold ${name}, or is not in this thread`);
    return entry;
  };
  const kill = async (name: string): Promise<KillReport> => {
    const { activity, number } = get(name);
    const key = `${activity}#${number}`;
    while (!tracking.tokens.has(key)) await delay(5); // an attempt without processes is announced a little later
    const token = tracking.tokens.get(key) as string;
    return (await tracking.link.ask({ type: 'kill', token, then: 'fail', reason: 'the zoo kills it' })) as KillReport;
  };

  return {
    open({ attempt: name, activity = name, number = 1 }) {
      const cancel = new AbortController();
      return new Promise<void>((opened) => {
        let finish!: OpenAttempt['finish'];
        const finished = new Promise<void>((resolve, reject) => {
          finish = (how) => (how === 'returns' ? resolve() : reject(new Error('told to throw')));
        });
        const ended = runAttempt(tracking, attemptRef(activity, number), cancel.signal, () => {
          const inside = AsyncResource.bind((fn: () => unknown) => fn()) as OpenAttempt['inside'];
          attempts.set(name, { activity, number, cancel, inside, finish, ended });
          opened();
          return finished;
        }).then(
          () => 'returned',
          (error: Error & { type?: string }) => error.type ?? error.message,
        );
      });
    },
    async start({ attempt, program, route = 'spawn', untracked: outside = false }) {
      const start = () => startBy(route, program);
      const { child } = await get(attempt).inside(() => (outside ? untracked(start) : start()));
      const { pid } = child ?? {};
      if (pid !== undefined) child?.once('exit', (code, signal) => (exits[pid] = String(code ?? signal)));
      return { pid };
    },
    async startOnThread(given) {
      thread ??= startThread(fixture);
      const worker = await thread;
      const started = once(worker, 'message');
      worker.postMessage(given satisfies ToHostThread);
      await started;
    },
    async startInCopy({ program }) {
      if (fixture.copy === undefined) throw new Error('The host has no other copy');
      copy ??= openCopy(fixture.copy, fixture);
      (await copy)(program);
    },
    kill: ({ attempt }) => kill(attempt),
    killMany: ({ attempts: names }) => Promise.all(names.map(kill)),
    async fence({ activity, number }) {
      const attempt = attemptRef(activity, number);
      await tracking.link.ask({ type: 'fence', token: '', attempt, isReset: false, reach: 'host' });
    },
    cancel({ attempt }) {
      const { cancel, finish, ended } = get(attempt);
      cancel.abort(Object.assign(new Error('CANCELLED'), { type: 'CANCELLED' }));
      finish('throws');
      return ended;
    },
    async close({ attempt, how }) {
      const { finish, ended } = get(attempt);
      finish(how);
      attempts.delete(attempt);
      return ended;
    },
    list: async ({ attempt }) => {
      const found = await tracking.reaper?.host.findProcesses(entryOf(attempt));
      return (found ?? []).map(({ pid }) => pid);
    },
    known({ attempt }) {
      const { roots, groups } = entryOf(attempt);
      return { roots: roots.size, groups: groups.size };
    },
    exits: () => exits,
    sweep: () => tracking.reaper?.sweep(),
    lag() {
      const lag = maxLag;
      maxLag = 0;
      return lag;
    },
    logged: () => tracking.logged,
  };
}

async function main(fixture: HostFixture): Promise<void> {
  const send = (message: FromHost): void => void process.send?.(message);
  process.channel?.ref(); // a thread that starts keeps no process alive
  let tracking: HostTracking;
  try {
    if (fixture.isWrapped) wrapAll();
    tracking = await openTracking(fixture);
    if (fixture.isWrapped) wrapAll();
  } catch (error) {
    const { code, message } = error as ReaperError;
    send({ type: 'unavailable', code, message });
    process.disconnect();
    return;
  }
  const handlers = handlersOf(tracking, fixture);
  process.on('message', ({ id, name, given }: ToHost) => {
    const handle = handlers[name] as (given: unknown) => unknown;
    const work = async (): Promise<unknown> => handle(given);
    work().then(
      (result) => send({ type: 'reply', id, result }),
      (error: Error & { code?: string }) => send({ type: 'reply', id, error: error.message, code: error.code }),
    );
  });
  process.on('disconnect', () => {
    void tracking.stop().finally(() => process.exit(0));
  });
  send({ type: 'ready', node: process.version });
}

void main(JSON.parse(process.argv[2]) as HostFixture);
