import type { KillActivityRun } from '../../../src/contract/host-requests';
import { type HoldPort, hold } from '../../../src/reaper/hold';
import type { LedgerEntry } from '../../../src/tracking/ledger';

const entry = { attempt: { workflowId: 'w', runId: 'r' } } as LedgerEntry;
const HOLD_MS = 200;
const own = { namespace: 'n', workflowId: 'w', runId: 'r' };
const control = { namespace: 'n', workflowId: 'control', runId: 'c' };

function rethrow(error: unknown): never {
  throw error;
}

/** Holds; returns what came of it, and after how many ms. */
async function held(runs: KillActivityRun[], port: Partial<HoldPort> = {}): Promise<[boolean, number]> {
  const began = performance.now();
  const all = { isOver: async () => false, isKilling: async () => false, ...port };
  const isWanted = (): boolean => true;
  const isOver = await hold({ entry, requests: () => runs, isWanted, holdMs: HOLD_MS }, () => all, rethrow);
  return [isOver, performance.now() - began];
}

test('an attempt that nobody cancels is let go after the hold', async () => {
  const [isOver, afterMs] = await held([]);
  expect(isOver).toBe(false);
  expect(afterMs).toBeGreaterThanOrEqual(HOLD_MS);
});

test('one whose cancel has come is let go at once', async () => {
  let cancelled = false;
  setTimeout(() => (cancelled = true), 50);
  expect((await held([], { isOver: async () => cancelled }))[0]).toBe(true);
});

test('the hold begins when the kill activity is over', async () => {
  const run = { isOver: false, workflow: own };
  const over = new Promise((resolve) => setTimeout(resolve, 3 * HOLD_MS)).then(() => (run.isOver = true));
  const [, afterMs] = await held([run]);
  expect(run.isOver).toBe(true);
  expect(afterMs).toBeGreaterThanOrEqual(3 * HOLD_MS - 20);
  await over;
});

test('it begins when the run that asked for the kill has done so elsewhere too', async () => {
  let looks = 0;
  const isKilling = async (): Promise<boolean> => ++looks < 3;
  await held([{ isOver: true, workflow: control }], { isKilling });
  expect(looks).toBe(3);
});

test("negative control: the attempt's own run is not asked", async () => {
  const isKilling = jest.fn(async () => true);
  await held([{ isOver: true, workflow: own }], { isKilling });
  expect(isKilling).not.toHaveBeenCalled();
});
