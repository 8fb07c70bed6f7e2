import { nothingKilled } from '../../../src/contract/kill-report';
import type { AttemptScope } from '../../../src/tracking/attempt-scope';
import { Attempts } from '../../../src/tracking/attempts';
import { Door } from '../../../src/tracking/door';

const report = nothingKilled({ level: 'scan', proof: 'scan' });
const logged: string[] = [];
const link = { kill: jest.fn(async () => report), finish: jest.fn(async () => report) };

let attempts: Attempts;
beforeEach(() => {
  jest.clearAllMocks();
  attempts = new Attempts((level, message) => void logged.push(`${level} ${message}`));
});

/** An attempt of that name, and the reaper's side of its door. */
function open(token: string): Door {
  const door = new Door();
  const attempt = { namespace: 'n', workflowId: 'w', runId: 'r', activityId: token, attempt: 1 };
  const scope = { token, door, attempt, cleanups: [], tellReaper: jest.fn(), keepAlive: jest.fn() };
  attempts.add({ scope: scope as unknown as AttemptScope, graceMs: 1_000, worker: {} });
  return door;
}

/** As the reaper does it: the door is closed before its notice is out. */
function beginKill(token: string, door: Door): void {
  door.close();
  attempts.killing(token, 'cancel', 'its cancel is requested', false);
}

describe('after a crash of the reaper', () => {
  test('a kill without a report is begun again, for the same reason', () => {
    beginKill('a', open('a'));
    attempts.killAgain(link);
    expect(link.kill.mock.calls).toEqual([['a', 'cancel', 'its cancel is requested', undefined]]);
  });

  test('so is one whose notice never came', () => {
    open('a').close();
    attempts.killAgain(link);
    expect(link.kill.mock.calls).toEqual([['a', 'cancel', 'the reaper crashed', undefined]]);
  });

  test('nothing else is: no attempt that nobody kills, and none whose kill is over', () => {
    open('a');
    beginKill('b', open('b'));
    attempts.killed('b', report, 'cancel');
    attempts.holdEnded('b', false);
    attempts.killAgain(link);
    expect(link.kill).not.toHaveBeenCalled();
  });

  test('the report of the second kill is that of the first as well', async () => {
    const door = open('a');
    beginKill('a', door);
    const first = await attempts.killOf('a');
    beginKill('a', door);
    attempts.killed('a', report, 'cancel');
    expect(await first?.done).toBe(report);
  });

  test('when none comes back, every kill ends, and says that it has seen nothing', async () => {
    beginKill('a', open('a'));
    open('b').close();
    attempts.abandon();
    for (const token of ['a', 'b']) {
      expect(await (await attempts.killOf(token))?.done).toMatchObject({ proof: 'none', processes: [] });
    }
  });
});

test('a kill that breaks is logged, and rejects nothing', async () => {
  open('a');
  link.kill.mockRejectedValueOnce(new Error('it breaks'));
  await attempts.kill('a', link, 'retry', 'its function threw');
  expect(logged).toEqual(['ERROR A kill broke']);
});

test('a Worker that has ended takes its own attempts along, and no others', async () => {
  open('a');
  const worker = {};
  const scope = {
    token: 'own',
    door: new Door(),
    attempt: {},
    cleanups: [],
    tellReaper: jest.fn(),
    keepAlive: jest.fn(),
  };
  attempts.add({ scope: scope as unknown as AttemptScope, graceMs: 1_000, worker });
  await attempts.killAllOf(worker, link);
  expect(link.kill.mock.calls).toEqual([['own', 'cancel', 'its Worker has ended', undefined]]);
  expect(link.finish.mock.calls).toEqual([['own']]);
});
