import type { ShortLived } from '../../fixtures/plugin/short-lived';
import { expectSameAftermath } from './short-lived';

jest.setTimeout(120_000);

const CASES: Omit<ShortLived, 'address' | 'hasPlugin'>[] = [
  ...[0, 10, 50, 300, 1_000, 5_000].map((afterMs) => ({ end: 'shutdown' as const, afterMs })),
  ...(['runUntil', 'error', 'signal'] as const).flatMap((end) => [0, 300].map((afterMs) => ({ end, afterMs }))),
];

test.each(CASES)('a Worker that ends by $end after $afterMs ms leaves what it leaves without the plugin', (what) =>
  expectSameAftermath(what),
);
