import type { ListOutcome } from '../../../../src/contract/outcomes';
import { cpuShares } from '../../../../src/cli/watch/cpu-shares';
import { NOW, plantedList } from './planted-list';

const BEFORE = NOW - 2_000;

/** By pid, in order. */
function sharesOf(...lists: Parameters<typeof cpuShares>): [number, number][] {
  return [...cpuShares(...lists)].map(([{ pid }, percent]) => [pid, percent]);
}

test('of the first list nothing is known', () => {
  expect(sharesOf(undefined, plantedList({ w: [{ pid: 1, cpuMs: 50 }] }))).toEqual([]);
});

test('CPU time since the list before, by the clock of the worker', () => {
  const before = plantedList(
    {
      w: [
        { pid: 1, cpuMs: 1_000 },
        { pid: 2, cpuMs: 7 },
        { pid: 3, cpuMs: 0 },
      ],
    },
    BEFORE,
  );
  const now = plantedList({
    w: [
      { pid: 1, cpuMs: 2_000 },
      { pid: 2, cpuMs: 7 },
      { pid: 3, cpuMs: 8_000 },
    ],
  });
  expect(sharesOf(before, now)).toEqual([
    [1, 50],
    [2, 0],
    [3, 400],
  ]);
});

test('a process that is new has used all in between, if it is as young as that', () => {
  const before = plantedList({ w: [] }, BEFORE);
  const young = { pid: 1, cpuMs: 1_000, startedAt: BEFORE };
  const old = { pid: 2, cpuMs: 1_000, startedAt: BEFORE - 1 };
  expect(sharesOf(before, plantedList({ w: [young, old, { pid: 3, cpuMs: 9 }] }))).toEqual([[1, 50]]);
});

test('a pid that is given again is another process', () => {
  const before = plantedList({ w: [{ pid: 1, startTicks: '7', cpuMs: 500 }] }, BEFORE);
  const now = plantedList({ w: [{ pid: 1, startTicks: '8', cpuMs: 600, startedAt: BEFORE + 10 }] });
  expect(sharesOf(before, now)).toEqual([[1, 30]]);
});

function withoutTime(list: ListOutcome): ListOutcome {
  delete list.hosts[0].result?.listedAt;
  return list;
}

const one = { w: [{ pid: 1, cpuMs: 1 }] };

test.each<[string, ListOutcome]>([
  ['the list before is of another host', plantedList(one, BEFORE, 'host-b')],
  ['the version of the worker tells no time', withoutTime(plantedList(one))],
  ['the clock of the worker was set back', plantedList(one, NOW + 1)],
  ['the worker did not answer', { hosts: [{ hostId: 'host-a', workerPid: 10, status: 'unreachable' }] }],
])('nothing is known where %s', (_what, before) => {
  expect(sharesOf(before, plantedList({ w: [{ pid: 1, cpuMs: 100 }] }))).toEqual([]);
});
