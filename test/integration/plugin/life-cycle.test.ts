import type { ShortLived } from '../../fixtures/plugin/short-lived';
import { expectSameAftermath } from './short-lived';

jest.setTimeout(120_000);

const CASES: Omit<ShortLived, 'address' | 'hasPlugin'>[] = [
  ...[0, 10, 50, 300, 1_000, 5_000].map((afterMs) => ({ end: 'shutdown' as const, afterMs })),
  ...(['runUntil', 'error', 'signal'] as const).flatMap((end) => [0, 300].map((afterMs) => ({ end, afterMs }))),
];

const WITH_ACTIVITY = (['shutdown', 'runUntil', 'error', 'signal'] as const).flatMap((end) =>
  [0, 100].map((afterMs) => ({ end, afterMs, hasActivity: true })),
);

test.each(CASES)('a Worker that ends by $end after $afterMs ms leaves what it leaves without the plugin', (what) =>
  expectSameAftermath(what),
);

test.each(WITH_ACTIVITY)('the same with an activity under way that has no process: $end after $afterMs ms', (what) =>
  expectSameAftermath(what),
);
