import type { ProcessInfo } from '../../../../src/contract/process-ref';
import { Look } from '../../../../src/process/look';
import { UNLIMITED, lockLimitOf, setLockLimit } from '../../../../src/process/native/lock-limit';
import { reapChild } from '../../../../src/process/native/reap';
import { Adoption } from '../../../../src/process/subreaper/adoption';
import { OwnChildren } from '../../../../src/process/subreaper/own-children';
import { NOBODY, Tags } from '../../../../src/process/subreaper/tags';
import { mainChildren, otherThreadsChildren } from '../../../../src/process/subreaper/thread-children';

// The kernel as the tests say it is.
jest.mock('../../../../src/process/subreaper/thread-children');
jest.mock('../../../../src/process/native/reap');
jest.mock('../../../../src/process/native/lock-limit', () => ({
  ...jest.requireActual<object>('../../../../src/process/native/lock-limit'),
  lockLimitOf: jest.fn(),
  setLockLimit: jest.fn(),
}));

const tags = new Tags({ workerPid: 1000, workerStartTicks: '1' });
const strangersTags = new Tags({ workerPid: 1001, workerStartTicks: '1' });

let own: OwnChildren;
let adoption: Adoption;
let reaped: number[];
/** The main thread's children in the kernel's order, with their limits. */
let kernel: Map<number, bigint>;

beforeEach(() => {
  own = new OwnChildren();
  adoption = new Adoption(tags, own);
  reaped = [];
  kernel = new Map();
  jest.mocked(mainChildren).mockImplementation(() => [...kernel.keys()]);
  jest.mocked(otherThreadsChildren).mockReturnValue([]);
  jest.mocked(lockLimitOf).mockImplementation((pid) => kernel.get(pid));
  // All of them are dead.
  jest.mocked(reapChild).mockImplementation((pid) => {
    reaped.push(pid);
    kernel.delete(pid);
    return 0;
  });
});

const asynchronous = (attempt: number): bigint => tags.format({ attempt, call: 0 });

function spawned(pid: number): void {
  own.spawnBegins();
  own.spawnEnds(pid);
}

test('orphans are reaped, of attempts and of nobody', () => {
  kernel.set(10, asynchronous(1)).set(11, asynchronous(NOBODY));
  adoption.reap();
  expect(reaped).toEqual([10, 11]);
});

test('who has no tag of ours is not', () => {
  kernel.set(10, UNLIMITED).set(11, strangersTags.format({ attempt: 1, call: 0 }));
  adoption.reap();
  expect(reaped).toEqual([]);
});

test("a child that Node waits for is not, and with its exit it is nobody's any more", () => {
  spawned(10);
  kernel.set(10, asynchronous(1)).set(11, asynchronous(1));
  adoption.reap();
  expect(reaped).toEqual([11]);
  own.exited(10);
  adoption.reap();
  expect(reaped).toEqual([11, 10]);
});

test('while a spawn is under way, whoever it may have started is not', () => {
  own.spawnBegins();
  kernel.set(10, asynchronous(1));
  adoption.reap();
  adoption.reap();
  expect(reaped).toEqual([]);
  own.spawnEnds(10);
  adoption.reap();
  expect(reaped).toEqual([]);
});

test('who was there before the spawn that is under way is reaped all the same', () => {
  own.spawnBegins();
  kernel.set(10, asynchronous(1));
  adoption.reap();
  own.spawnEnds(9);
  own.spawnBegins();
  kernel.set(12, asynchronous(1));
  adoption.reap();
  expect(reaped).toEqual([10]);
});

test('what was seen long ago says nothing: the number may be another process by now', () => {
  const now = jest.spyOn(performance, 'now').mockReturnValue(1_000);
  own.spawnBegins();
  kernel.set(10, asynchronous(1));
  adoption.reap();
  own.spawnEnds(9);
  own.spawnBegins();
  now.mockReturnValue(1_600);
  adoption.reap();
  now.mockRestore();
  expect(reaped).toEqual([]);
});

test("a synchronous call's own process, the first with its tag, is not reaped while the call lasts", () => {
  const call = tags.format({ attempt: 1, call: 3 });
  const earlier = tags.format({ attempt: 1, call: 2 });
  own.callBegins(call);
  kernel.set(8, earlier).set(9, asynchronous(1)).set(10, call).set(11, call).set(12, call);
  adoption.reap();
  expect(reaped).toEqual([8, 9, 11, 12]);
  own.callEnds();
  adoption.reap();
  expect(reaped).toEqual([8, 9, 11, 12, 10]);
});

test('with more children than the list has room for, nobody is', () => {
  for (let pid = 1; pid <= 16_385; pid++) spawned(pid);
  kernel.set(20_000, asynchronous(1));
  adoption.reap();
  expect(reaped).toEqual([]);
});

describe('what a look shows', () => {
  const child = (pid: number, startTicks: string): ProcessInfo => ({
    ...{ pid, startTicks, ppid: process.pid, pgid: pid, sid: pid, state: 'S', name: 'child' },
  });
  const found = (...children: ProcessInfo[]): number[] => {
    return adoption.among(new Look(children), 1, '100').map(({ pid }) => pid);
  };

  test("of the attempt's spawns and orphans, not of others, nor of an earlier attempt with the same number", () => {
    spawned(10);
    kernel
      .set(10, asynchronous(1))
      .set(11, tags.format({ attempt: 1, call: 7 }))
      .set(12, asynchronous(2));
    kernel.set(13, UNLIMITED).set(14, asynchronous(1));
    expect(found(child(10, '100'), child(11, '101'), child(12, '102'), child(13, '103'), child(14, '99'))).toEqual([
      10, 11,
    ]);
  });

  test('what another thread started in the moment of a tracked spawn is none of them, and gets back its limit', () => {
    own.normalLimit = UNLIMITED;
    kernel.set(10, asynchronous(1)).set(11, asynchronous(1)).set(12, UNLIMITED);
    jest.mocked(otherThreadsChildren).mockReturnValue([11, 12]);
    expect(found(child(10, '100'), child(11, '100'), child(12, '100'))).toEqual([10]);
    adoption.untagStrangers();
    expect(jest.mocked(setLockLimit).mock.calls).toEqual([[11, UNLIMITED, UNLIMITED]]);
  });
});

describe('a pursuit', () => {
  let killed: number[];
  let kill: jest.SpyInstance;
  beforeEach(() => {
    killed = [];
    kill = jest.spyOn(process, 'kill').mockImplementation((pid) => {
      killed.push(pid);
      return true;
    });
    // Alive until it is killed.
    jest.mocked(reapChild).mockImplementation((pid) => {
      if (!killed.includes(pid)) return undefined;
      reaped.push(pid);
      kernel.delete(pid);
      return 9;
    });
  });
  afterEach(() => jest.restoreAllMocks());

  test("kills and reaps the attempt's, and whoever comes after", () => {
    kernel.set(10, asynchronous(1));
    let generation = 10;
    jest.mocked(mainChildren).mockImplementation(() => {
      // A reading later the next one is there.
      if (generation < 15 && !kernel.has(generation)) kernel.set(++generation, asynchronous(1));
      return [...kernel.keys()];
    });
    adoption.pursue(1, 1_000);
    expect(killed).toEqual([10, 11, 12, 13, 14, 15]);
    expect(reaped).toEqual(killed);
  });

  test('leaves all others alone', () => {
    spawned(13);
    const call = tags.format({ attempt: 1, call: 1 });
    own.callBegins(call);
    kernel
      .set(10, asynchronous(2))
      .set(11, asynchronous(NOBODY))
      .set(12, UNLIMITED)
      .set(13, asynchronous(1))
      .set(14, call);
    adoption.pursue(1, 1_000);
    expect(killed).toEqual([]);
  });

  test('ends in time with one that does not die', () => {
    jest.mocked(reapChild).mockReturnValue(undefined);
    kernel.set(10, asynchronous(1));
    adoption.pursue(1, 5);
    expect(killed.length).toBeGreaterThan(0);
  });

  test('gives up on one that is not ours to kill', () => {
    kill.mockImplementation(() => {
      throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
    });
    kernel.set(10, asynchronous(1));
    adoption.pursue(1, 60_000);
    expect(reaped).toEqual([]);
  });
});
