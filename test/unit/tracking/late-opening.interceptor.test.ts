import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { MockActivityEnvironment } from '@temporalio/testing';
import { activityInterceptors } from '../../../src/interceptors/activity-inbound';
import { OpenAttempts } from '../../../src/tracking/open-attempts';
import { markerEnv, onKill } from '../../../src/tracking/activity-api';
import { MARKER_PREFIX } from '../../../src/process/marker';
import type { ReaperLink } from '../../../src/tracking/reaper-protocol';
import { installSpawnHook } from '../../../src/tracking/spawn-hooks';

/** Runs a function as an activity, and returns what the reaper was told, in order. */
async function told(
  fn: () => Promise<unknown>,
  attempt = 1,
  { info = {}, neverTracks = (_file: string): boolean => false, log = (_message: string): void => undefined } = {},
): Promise<string[]> {
  const calls: string[] = [];
  const note = ({ type }: { type: string }): void => void calls.push(type);
  const link: ReaperLink = {
    isOnThread: false,
    tell: note,
    ask: async (request) => {
      note(request);
      return undefined;
    },
  };
  const tracking = {
    mark: { hostId: 'h', workerPid: process.pid, workerStartTicks: '1' },
    link,
    attempts: new OpenAttempts((_level, message) => log(message)),
    ownSession: true,
    leftovers: 'warn' as const,
    neverTracks,
    fence: 'host' as const,
    escalationOf: () => ({ signal: 'SIGTERM' as const, graceMs: 1_000, settleMs: 1_000 }),
  };
  const worker = { shutdownMs: undefined, encode: async () => undefined, heartbeatThrottleMs: () => 0 };
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

test('that it is started as a user is told before, and once', async () => {
  const calls = await told(async () => {
    const options = { uid: process.getuid?.() };
    await once(spawn('true', options), 'exit');
    await once(spawn('true', options), 'exit');
  });
  expect(calls.slice(0, 5)).toEqual(['open', 'startsAs', 'processStarted', 'processExited', 'processStarted']);
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
  // One that takes its time opens the attempt all the same.
  const untold = await told(async () => once(spawn('true'), 'exit'), 1, { neverTracks });
  expect(untold).not.toContain('processStarted');
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
