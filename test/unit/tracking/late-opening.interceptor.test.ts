import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { MockActivityEnvironment } from '@temporalio/testing';
import { activityInterceptors } from '../../../src/interceptors/activity-inbound';
import { Attempts } from '../../../src/tracking/attempts';
import { markerEnv, onKill } from '../../../src/tracking/api';
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
async function told(fn: () => Promise<unknown>, attempt = 1): Promise<string[]> {
  const calls: string[] = [];
  const link = Object.fromEntries([...methods, 'close'].map((name) => [name, () => void calls.push(name)])) as never;
  const tracking = {
    mark: { hostId: 'h', workerPid: process.pid, workerStartTicks: '1' },
    link,
    attempts: new Attempts(() => undefined),
    ownSession: true,
    leftovers: 'warn' as const,
    fence: 'host' as const,
    escalationOf: () => ({ signal: 'SIGTERM' as const, graceMs: 1_000, settleMs: 1_000 }),
  };
  const worker = { shutdownMs: undefined, heartbeatThrottleMs: () => 0 };
  const environment = new MockActivityEnvironment(
    { attempt },
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
