import { forestRows } from '../../../src/cli/render/process-forest';

/** `[pid, ppid]` or `[pid, ppid, weight]`. */
type Planted = [number, number, number?];

function drawn(planted: Planted[]): string[] {
  const processes = planted.map(([pid, ppid, weight = 0]) => ({ pid, ppid, weight }));
  return forestRows(processes, ({ weight }) => weight).map(({ process, branch }) => `${branch}${process.pid}`);
}

test.each<[string, Planted[], string[]]>([
  ['nothing', [], []],
  [
    'a chain',
    [
      [3, 2],
      [1, 0],
      [2, 1],
    ],
    ['└─ 1', '   └─ 2', '      └─ 3'],
  ],
  [
    'siblings by pid',
    [
      [9, 1],
      [1, 0],
      [5, 1],
      [6, 5],
    ],
    ['└─ 1', '   ├─ 5', '   │  └─ 6', '   └─ 9'],
  ],
  [
    'several without a listed parent',
    [
      [7, 99],
      [5, 1],
      [6, 5],
    ],
    ['├─ 5', '│  └─ 6', '└─ 7'],
  ],
  [
    'the heaviest first',
    [
      [1, 0],
      [2, 1, 3],
      [3, 1, 7],
    ],
    ['└─ 1', '   ├─ 3', '   └─ 2'],
  ],
  [
    'a light parent of the heaviest first',
    [
      [1, 0, 5],
      [2, 0],
      [3, 2, 9],
    ],
    ['├─ 2', '│  └─ 3', '└─ 1'],
  ],
  [
    'its own parent',
    [
      [1, 1],
      [2, 1],
    ],
    ['└─ 1', '   └─ 2'],
  ],
  [
    'a circle',
    [
      [1, 3],
      [2, 1],
      [3, 2],
    ],
    ['└─ 3', '   └─ 1', '      └─ 2'],
  ],
])('%s', (_what, planted, expected) => expect(drawn(planted)).toEqual(expected));

test('a chain of 3,000 is drawn', () => {
  const rows = drawn(Array.from({ length: 3_000 }, (_, pid) => [pid + 1, pid] as Planted));
  expect(rows).toHaveLength(3_000);
});
