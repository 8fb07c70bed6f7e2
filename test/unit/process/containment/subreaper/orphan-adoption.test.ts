import type { ProcessInfo } from '../../../../../src/contract/process-ref';
import { ProcessSnapshot } from '../../../../../src/process/table/process-snapshot';
import { UNLIMITED_LOCKS, lockLimitOf } from '../../../../../src/process/native/lock-limit';
import { isNodesChild, isOthersChild, knowsAllChildren, reapChild } from '../../../../../src/process/native/reap';
import { OrphanAdoption } from '../../../../../src/process/containment/subreaper/orphan-adoption';
import { NO_ATTEMPT, AttemptTags } from '../../../../../src/process/containment/subreaper/tags';
import { mainChildren } from '../../../../../src/process/containment/subreaper/thread-children';

// The kernel as the tests say it is.
jest.mock('../../../../../src/process/containment/subreaper/thread-children');
jest.mock('../../../../../src/process/native/reap');
jest.mock('../../../../../src/process/native/lock-limit', () => ({
  ...jest.requireActual<object>('../../../../../src/process/native/lock-limit'),
  lockLimitOf: jest.fn(),
}));

const tags = new AttemptTags({ workerPid: 1000, workerStartTicks: '1' });
const strangersTags = new AttemptTags({ workerPid: 1001, workerStartTicks: '1' });

/** Those that Node waits for. */
let own: Set<number>;
let adoption: OrphanAdoption;
let reaped: number[];
/** The main thread's children in the kernel's order, with their limits. */
let kernel: Map<number, bigint>;

beforeEach(() => {
  own = new Set();
  adoption = new OrphanAdoption(tags);
  reaped = [];
  kernel = new Map();
  jest.mocked(mainChildren).mockImplementation(() => [...kernel.keys()]);
  jest.mocked(isOthersChild).mockReturnValue(false);
  jest.mocked(knowsAllChildren).mockReturnValue(true);
  jest.mocked(isNodesChild).mockImplementation((pid) => own.has(pid));
  jest.mocked(lockLimitOf).mockImplementation((pid) => kernel.get(pid));
  // All of them are dead.
  jest.mocked(reapChild).mockImplementation((pid) => {
    reaped.push(pid);
    kernel.delete(pid);
    return 0;
  });
});

const tagOf = (attempt: number): bigint => tags.format(attempt);

test("a child of another addon's is left to it, though it carries the tag for its own children's sake", () => {
  kernel.set(10, tagOf(NO_ATTEMPT)).set(11, tagOf(NO_ATTEMPT));
  jest.mocked(isOthersChild).mockImplementation((pid) => pid === 10);
  adoption.reap();
  expect(reaped).toEqual([11]);
  expect(adoption.untagged()).toEqual([10]);
});

test("what may be an older copy's child is left to it, though it carries an attempt's tag", () => {
  kernel.set(10, tagOf(1)).set(11, tagOf(1));
  jest.mocked(knowsAllChildren).mockReturnValue(false);
  jest.mocked(isOthersChild).mockImplementation((pid) => pid === 10);
  adoption.reap();
  expect(reaped).toEqual([11]);
});

test('orphans are reaped, of attempts and of nobody', () => {
  kernel.set(10, tagOf(1)).set(11, tagOf(NO_ATTEMPT));
  adoption.reap();
  expect(reaped).toEqual([10, 11]);
});

test('who has no tag of ours is not', () => {
  kernel.set(10, UNLIMITED_LOCKS).set(11, strangersTags.format(1));
  adoption.reap();
  expect(reaped).toEqual([]);
});

test("a child that Node waits for is not, and with its exit it is nobody's any more", () => {
  own.add(10);
  kernel.set(10, tagOf(1)).set(11, tagOf(1));
  adoption.reap();
  expect(reaped).toEqual([11]);
  own.delete(10);
  adoption.reap();
  expect(reaped).toEqual([11, 10]);
});

describe('what a look shows', () => {
  const child = (pid: number, startTicks: string): ProcessInfo => ({
    ...{ pid, startTicks, ppid: process.pid, pgid: pid, sid: pid, state: 'S', name: 'child' },
  });
  const found = (...children: ProcessInfo[]): number[] => {
    return adoption.among(new ProcessSnapshot(children), 1, '100').map(({ pid }) => pid);
  };

  test("of the attempt's spawns and orphans, not of others, nor of an earlier attempt with the same number", () => {
    own.add(10);
    kernel.set(10, tagOf(1)).set(11, tagOf(1)).set(12, tagOf(2));
    kernel.set(13, UNLIMITED_LOCKS).set(14, tagOf(1));
    expect(found(child(10, '100'), child(11, '101'), child(12, '102'), child(13, '103'), child(14, '99'))).toEqual([
      10, 11,
    ]);
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
    kernel.set(10, tagOf(1));
    let generation = 10;
    jest.mocked(mainChildren).mockImplementation(() => {
      // A reading later the next one is there.
      if (generation < 15 && !kernel.has(generation)) kernel.set(++generation, tagOf(1));
      return [...kernel.keys()];
    });
    adoption.pursue(1, 1_000);
    expect(killed).toEqual([10, 11, 12, 13, 14, 15]);
    expect(reaped).toEqual(killed);
  });

  test('leaves all others alone', () => {
    own.add(13);
    kernel.set(10, tagOf(2)).set(11, tagOf(NO_ATTEMPT)).set(12, UNLIMITED_LOCKS).set(13, tagOf(1));
    adoption.pursue(1, 1_000);
    expect(killed).toEqual([]);
  });

  test('ends in time with one that does not die', () => {
    jest.mocked(reapChild).mockReturnValue(undefined);
    kernel.set(10, tagOf(1));
    adoption.pursue(1, 5);
    expect(killed.length).toBeGreaterThan(0);
  });

  test('gives up on one that is not ours to kill', () => {
    kill.mockImplementation(() => {
      throw Object.assign(new Error('EPERM'), { code: 'EPERM' });
    });
    kernel.set(10, tagOf(1));
    adoption.pursue(1, 60_000);
    expect(reaped).toEqual([]);
  });
});
