import type { AttemptScope } from '../../../src/tracking/attempt-scope';
import { scopeStorage } from '../../../src/tracking/scope-storage';
import { scopeOf } from '../../helpers/attempt-scope';
import { runCleanups } from '../../../src/tracking/cleanups';

const attempt = { namespace: 'n', workflowId: 'w', runId: 'r', activityId: 'a', attempt: 2 };
const mark = { hostId: 'h', workerPid: 2, workerStartTicks: '3' };
const link = { isOnThread: false, tell: jest.fn(), ask: jest.fn() };

function scopeWith(...cleanups: (() => unknown)[]): AttemptScope {
  const scope = scopeOf({ token: 'token', attempt, mark, link });
  for (const cleanup of cleanups) scope.onKill(cleanup);
  return scope;
}

beforeEach(() => jest.clearAllMocks());

test('all run, at once, and only once', async () => {
  const ran: string[] = [];
  let release: () => void = () => undefined;
  const first = (): Promise<void> => new Promise((resolve) => ((release = resolve), ran.push('first')));
  const scope = scopeWith(first, () => ran.push('second'));
  const log = jest.fn();
  const done = runCleanups(scope, 60_000, log);
  expect(ran).toEqual(['first', 'second']);
  await runCleanups(scope, 60_000, log);
  release();
  await done;
  expect(ran).toEqual(['first', 'second']);
  expect(log).not.toHaveBeenCalled();
});

test('one that throws, or rejects, is logged and holds up no other', async () => {
  const ran: string[] = [];
  const log = jest.fn<void, [string, string, Record<string, unknown>?]>();
  await runCleanups(
    scopeWith(
      () => {
        throw new Error('thrown');
      },
      () => Promise.reject(new Error('rejected')),
      () => ran.push('third'),
    ),
    60_000,
    log,
  );
  expect(ran).toEqual(['third']);
  expect(log.mock.calls.map(([level, message, attributes]) => [level, message, attributes?.error])).toEqual([
    ['ERROR', 'An onKill callback failed', 'Error: thrown'],
    ['ERROR', 'An onKill callback failed', 'Error: rejected'],
  ]);
});

test('one that does not end is waited for as long as the grace period, and it is logged', async () => {
  const log = jest.fn();
  await runCleanups(
    scopeWith(() => new Promise(() => undefined)),
    20,
    log,
  );
  expect(log).toHaveBeenCalledTimes(1);
  expect(log.mock.calls[0]).toEqual([
    'WARN',
    'An onKill callback outlasts the grace period; the attempt ends without it',
    { attempt: expect.stringContaining('a') as string, graceMs: 20 },
  ]);
});

test('they run outside of the tracking: what they start is not refused', async () => {
  const seen: unknown[] = [];
  const scope = scopeWith(() => seen.push(scopeStorage.getStore()));
  scope.door.close();
  await scopeStorage.run(scope, () => runCleanups(scope, 60_000, jest.fn()));
  expect(seen).toEqual([undefined]);
});

test('the reaper is told once of an attempt that has cleanups', () => {
  scopeWith(jest.fn(), jest.fn());
  expect(link.tell.mock.calls).toEqual([[{ type: 'cleanupRegistered', token: 'token' }]]);
});
