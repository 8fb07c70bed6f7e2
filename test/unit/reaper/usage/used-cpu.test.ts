import type { LiveUsage } from '../../../../src/reaper/usage/live-usage';
import { usedBetween } from '../../../../src/reaper/usage/used-cpu';

const process = (pid: number, cpuMs: number, ppid = 1, startTicks = '5'): LiveUsage => ({
  pid,
  startTicks,
  ppid,
  memoryBytes: 0,
  cpuMs,
});
const seen = (...processes: LiveUsage[]) => ({ enclosureMs: undefined, processes });

test.each<[string, ReturnType<typeof seen> | undefined, ReturnType<typeof seen>, number]>([
  ['at the first look all that it has used', undefined, seen(process(7, 40), process(8, 2, 7)), 42],
  ['later what it has used since', seen(process(7, 40)), seen(process(7, 55)), 15],
  // 8 had used 20 at the first look; its parent has waited for it since, so its time is in the parent's.
  ['a child that has ended is not counted again', seen(process(7, 40), process(8, 20, 7)), seen(process(7, 65)), 5],
  [
    'nor one whose parent has ended too',
    seen(process(7, 40), process(8, 20, 7), process(9, 10, 8)),
    seen(process(7, 75)),
    5,
  ],
  [
    'what ended with the root is lost, and takes nothing from the next root',
    seen(process(7, 900)),
    seen(process(8, 3)),
    3,
  ],
  ['a reused pid is another process', seen(process(7, 900)), seen(process(7, 3, 1, '99')), 3],
  ['it is never negative', seen(process(7, 40), process(8, 30, 7)), seen(process(7, 41)), 0],
])('%s', (_what, before, now, expected) => expect(usedBetween(before, now)).toBe(expected));

test('processes that name each other as parents are no endless loop', () => {
  expect(usedBetween(seen(process(7, 1, 8), process(8, 1, 7)), seen(process(9, 5)))).toBe(5);
});

test('an enclosure keeps the time of everything that has ever run in it', () => {
  const now = { enclosureMs: 120, processes: [] };
  expect(usedBetween(undefined, now)).toBe(120);
  expect(usedBetween({ enclosureMs: 100, processes: [process(7, 99)] }, now)).toBe(20);
});
