import { createServiceCheck, type PendingTask } from '../../../src/client/watch-service';

const scheduled = (key: string): PendingTask => ({ key, started: false });
const started = (key: string): PendingTask => ({ key, started: true });

/** Each look: second, task, whether it counts as served. */
const cases: [string, [number, PendingTask | undefined, boolean][]][] = [
  [
    'a first task that nobody takes',
    [
      [1, scheduled('a'), true],
      [4, scheduled('a'), true],
      [5, scheduled('a'), false],
    ],
  ],
  [
    'a task taken in time',
    [
      [1, scheduled('a'), true],
      [4, started('a'), true],
      [9, undefined, true],
    ],
  ],
  [
    'a task whose worker died',
    [
      [1, started('a'), true],
      [10, started('a'), true],
      [11, started('a'), false],
    ],
  ],
  [
    'a task given back after its timeout',
    [
      [1, started('a'), true],
      [10, started('a'), true],
      [10.5, scheduled('a'), false],
    ],
  ],
  [
    'a later task that nobody takes',
    [
      [1, undefined, true],
      [30, undefined, true],
      [31, scheduled('b'), true],
      [35, scheduled('b'), false],
    ],
  ],
  [
    'one task after the other',
    [
      [4, scheduled('a'), true],
      [8, scheduled('b'), true],
      [12, scheduled('c'), true],
    ],
  ],
];

test.each(cases)('%s', (_what, looks) => {
  const isServed = createServiceCheck(0);
  for (const [second, task, served] of looks) expect([second, isServed(task, second * 1000)]).toEqual([second, served]);
});
