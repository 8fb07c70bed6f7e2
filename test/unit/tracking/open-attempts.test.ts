import { nothingKilled } from '../../../src/contract/kill-report';
import type { AttemptScope } from '../../../src/tracking/attempt-scope';
import { BackgroundChildren } from '../../../src/tracking/background-children';
import { SpawnDoor } from '../../../src/tracking/spawn-door';
import type { ReaperRequest } from '../../../src/tracking/reaper-protocol';
import { OpenAttempt } from '../../../src/tracking/open-attempt';
import { OpenAttempts } from '../../../src/tracking/open-attempts';

const report = nothingKilled({ level: 'scan', proof: 'scan' });
const logged: string[] = [];
const log = (level: string, message: string): void => void logged.push(`${level} ${message}`);
const link = { ask: jest.fn(async (_request: ReaperRequest) => report) };

const asked = (): ReaperRequest[] => link.ask.mock.calls.map(([request]) => request);

let attempts: OpenAttempts;
beforeEach(() => {
  jest.clearAllMocks();
  logged.length = 0;
  attempts = new OpenAttempts(log);
});

/** An attempt of that name; its scope has the reaper's side of its door. */
function open(token: string, worker = {}, isIdle = false): OpenAttempt {
  const attempt = { namespace: 'n', workflowId: 'w', runId: 'r', activityId: token, attempt: 1 };
  const scope = {
    token,
    door: new SpawnDoor(),
    attempt,
    children: new BackgroundChildren(),
    cleanups: [],
    escalation: { signal: 'SIGTERM', graceMs: 1_000, settleMs: 1_000 },
    tellReaper: jest.fn(),
    isIdle,
  };
  const opened = new OpenAttempt({
    scope: scope as unknown as AttemptScope,
    link,
    log,
    worker,
    keepAlive: jest.fn(),
  });
  attempts.add(opened);
  return opened;
}

/** As the reaper does it: the door is closed before its notice is out. */
function beginKill({ scope }: OpenAttempt): void {
  scope.door.close();
  const why = { then: 'cancel', reason: 'its cancel is requested' } as const;
  attempts.notify({ type: 'killing', token: scope.token, ...why, isCleanup: false, isOver: false });
}

describe('after a crash of the reaper', () => {
  test('a kill without a report is begun again, for the same reason', () => {
    beginKill(open('a'));
    attempts.killAgain();
    expect(asked()).toEqual([{ type: 'kill', token: 'a', then: 'cancel', reason: 'its cancel is requested' }]);
  });

  test('so is one whose notice never came', () => {
    open('a').scope.door.close();
    attempts.killAgain();
    expect(asked()).toEqual([{ type: 'kill', token: 'a', then: 'cancel', reason: 'the reaper crashed' }]);
  });

  test('nothing else is: no attempt that nobody kills, and none whose kill is over', () => {
    open('a');
    beginKill(open('b'));
    attempts.notify({ type: 'killed', token: 'b', report, then: 'cancel' });
    attempts.notify({ type: 'holdEnded', token: 'b', by: 'late' });
    attempts.killAgain();
    expect(asked()).toEqual([]);
  });

  test('the report of the second kill is that of the first as well', async () => {
    const attempt = open('a');
    beginKill(attempt);
    const first = await attempt.latestKill();
    beginKill(attempt);
    attempts.notify({ type: 'killed', token: 'a', report, then: 'cancel' });
    expect(await first?.done).toBe(report);
  });

  test('when none comes back, every kill ends, and says that it has seen nothing', async () => {
    const told = open('a');
    const untold = open('b');
    beginKill(told);
    untold.scope.door.close();
    attempts.abandon();
    for (const attempt of [told, untold]) {
      expect(await (await attempt.latestKill())?.done).toMatchObject({ proof: 'none', processes: [] });
    }
  });
});

test('only an attempt that was killed is said to go on after its kill', () => {
  jest.useFakeTimers();
  try {
    beginKill(open('killed'));
    open('left alone');
    attempts.abandon();
    jest.advanceTimersByTime(60_000);
  } finally {
    jest.useRealTimers();
  }
  expect(logged).toEqual(['WARN A killed activity is still running: its function has not ended']);
});

test('a kill that breaks is logged, and rejects nothing', async () => {
  link.ask.mockRejectedValueOnce(new Error('it breaks'));
  await open('a').kill('retry', 'its function threw');
  expect(logged).toEqual(['ERROR A kill failed']);
});

test('the kill of an attempt that has started nothing is not missed when the reaper has ended', async () => {
  link.ask.mockRejectedValueOnce(new Error('The reaper thread has ended'));
  await open('a', {}, true).kill('cancel', 'it was told to stop (WORKER_SHUTDOWN)');
  expect(logged).toEqual([]);
});

test('a Worker that has ended shuts the door of an attempt that has started nothing, and asks nobody', async () => {
  const worker = {};
  const { scope } = open('idle', worker, true);
  await attempts.killAllOf(worker);
  expect(scope.door.isShut).toBe(true);
  expect(asked()).toEqual([]);
});

test('a Worker that has ended takes its own attempts along, and no others', async () => {
  open('a');
  const worker = {};
  open('own', worker);
  await attempts.killAllOf(worker);
  expect(asked()).toEqual([
    { type: 'kill', token: 'own', then: 'cancel', reason: 'its Worker has ended' },
    { type: 'finish', token: 'own' },
  ]);
});
