import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { MockActivityEnvironment } from '@temporalio/testing';
import { cutoffStackTrace } from '@temporalio/common';
import { activityInterceptors } from '../../../src/interceptors/activity-inbound';
import { Attempts } from '../../../src/tracking/attempts';
import { markerEnv, onKill } from '../../../src/tracking/api';
import { MARKER_PREFIX } from '../../../src/process/marker';
import { installSpawnHook } from '../../../src/tracking/spawn-hooks';

const methods = [
  'open',
  'fence',
  'processStarted',
  'cleanupRegistered',
  'markerHandedOut',
  'processExited',
  'syncStarted',
  'syncEnded',
];

/** Runs a function as an activity, and returns what the reaper was told, in order. */
async function told(
  fn: () => Promise<unknown>,
  attempt = 1,
  { info = {}, neverTracks = (_file: string): boolean => false, log = (_message: string): void => undefined } = {},
): Promise<string[]> {
  const calls: string[] = [];
  const link = Object.fromEntries([...methods, 'close'].map((name) => [name, () => void calls.push(name)])) as never;
  const tracking = {
    mark: { hostId: 'h', workerPid: process.pid, workerStartTicks: '1' },
    link,
    attempts: new Attempts((_level, message) => log(message)),
    ownSession: true,
    leftovers: 'warn' as const,
    neverTracks,
    fence: 'host' as const,
    escalationOf: () => ({ signal: 'SIGTERM' as const, graceMs: 1_000, settleMs: 1_000 }),
  };
  const worker = { shutdownMs: undefined, heartbeatThrottleMs: () => 0 };
  const environment = new MockActivityEnvironment(
    { attempt, ...info },
    { interceptors: [(context) => activityInterceptors(context, Promise.resolve(tracking), worker)] },
  );
  await environment.run(fn);
  return calls;
}

beforeAll(() => installSpawnHook());

test('an activity without processes that is over within 50 ms does not reach the reaper', async () => {
  expect(await told(async () => 'done')).toEqual([]);
});

test('a longer one does', async () => {
  expect(await told(() => new Promise((resolve) => setTimeout(resolve, 200)))).toEqual(['open', 'close']);
});

test('a first process is told of at once', async () => {
  const calls = await told(async () => once(spawn('true'), 'exit'));
  expect(calls).toEqual(['open', 'processStarted', 'processExited', 'close']);
});

test.each([
  ['onKill', 'cleanupRegistered', () => onKill(() => undefined)],
  ['markerEnv', 'markerHandedOut', () => markerEnv()],
])('so is %s, even of a short activity', async (_name, message, call) => {
  expect(await told(async () => void call())).toEqual(['open', message, 'close']);
});

test('a second attempt asks for the fence, a first one does not', async () => {
  expect(await told(async () => 'done', 2)).toEqual(['fence']);
});

test('so does a first one that may follow a reset: it is scheduled later than its activity', async () => {
  const info = { scheduledTimestampMs: 1_000, currentAttemptScheduledTimestampMs: 2_000 };
  expect(await told(async () => 'done', 1, { info })).toEqual(['fence']);
});

test('a program that is never tracked is not told of, another one is', async () => {
  const neverTracks = (file: string): boolean => file === 'true';
  expect(await told(async () => once(spawn('true'), 'exit'), 1, { neverTracks })).toEqual([]);
  const calls = await told(async () => once(spawn('env'), 'exit'), 1, { neverTracks });
  expect(calls).toContain('processStarted');
});

test("what starts in the context of a function that has returned is nobody's, and is told of once", async () => {
  const logged: string[] = [];
  let later!: Promise<string>;
  const output = async (): Promise<string> => {
    const child = spawn('env');
    let text = '';
    child.stdout.on('data', (data: Buffer) => (text += data.toString()));
    await once(child, 'close');
    return text;
  };
  let before = '';
  const calls = await told(
    async () => {
      before = await output();
      later = new Promise<void>((resolve) => setTimeout(resolve, 50)).then(output).then(output);
    },
    1,
    { log: (message) => logged.push(message) },
  );
  expect(before).toContain(MARKER_PREFIX);
  expect(await later).not.toContain(MARKER_PREFIX);
  expect(calls).toEqual(['open', 'processStarted', 'processExited', 'close']);
  expect(logged).toEqual([expect.stringContaining('an activity that has returned')]);
});

/** The stack that the SDK would report. */
async function stackOf(run: (fn: () => Promise<unknown>) => Promise<unknown>, fn: () => Promise<unknown>) {
  const error = (await run(fn).catch((thrown: unknown) => thrown)) as Error;
  return cutoffStackTrace(error.stack).replace(/at async (Promise|Mock|told|stackOf|Object\.<anonymous>)[^]*$/, '');
}

test.each([
  [
    'at once',
    async () => {
      throw new Error('x');
    },
  ],
  [
    'after an await',
    async () => {
      await Promise.resolve();
      throw new Error('x');
    },
  ],
])('an error thrown %s has the stack that it has without us', async (_name, fn) => {
  const plain = await stackOf((work) => new MockActivityEnvironment().run(work), fn);
  const ours = await stackOf((work) => told(work), fn);
  expect(ours).not.toContain('activity-inbound');
  expect(ours.split('\n').slice(0, 2)).toEqual(plain.split('\n').slice(0, 2));
});
