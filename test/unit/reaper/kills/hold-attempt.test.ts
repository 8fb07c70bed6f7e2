import type { KillActivityRun } from '../../../../src/contract/host-requests';
import { type HoldPort, holdAttempt } from '../../../../src/reaper/kills/hold-attempt';
import type { LedgerEntry } from '../../../../src/tracking/ledger-entry';
import type { HoldEnd } from '../../../../src/tracking/reaper-protocol';

const entry = { attempt: { workflowId: 'w', runId: 'r' } } as LedgerEntry;
const HOLD_MS = 200;
const own = { namespace: 'n', workflowId: 'w', runId: 'r' };
const control = { namespace: 'n', workflowId: 'control', runId: 'c' };

function rethrow(error: unknown): never {
  throw error;
}

/** Holds; returns what came of it, and after how many ms. */
async function held(runs: KillActivityRun[], port: Partial<HoldPort> = {}): Promise<[HoldEnd, number]> {
  const began = performance.now();
  const all: HoldPort = { stateOf: async () => 'waits', isKilling: async () => false, ...port };
  const isWanted = (): boolean => true;
  const by = await holdAttempt({ entry, requests: () => runs, isWanted, holdMs: HOLD_MS }, () => all, rethrow);
  return [by, performance.now() - began];
}

test('an attempt that nobody cancels is let go after the hold', async () => {
  const [by, afterMs] = await held([]);
  expect(by).toBe('late');
  expect(afterMs).toBeGreaterThanOrEqual(HOLD_MS);
});

test('one whose cancel has come is let go at once', async () => {
  let cancelled = false;
  setTimeout(() => (cancelled = true), 50);
  expect((await held([], { stateOf: async () => (cancelled ? 'cancelled' : 'waits') }))[0]).toBe('cancelled');
});

test('a run that has a workflow task to do may yet cancel it: the hold begins when that is done', async () => {
  let isUndecided = true;
  setTimeout(() => (isUndecided = false), 3 * HOLD_MS);
  const [by, afterMs] = await held([], { stateOf: async () => (isUndecided ? 'undecided' : 'waits') });
  expect(by).toBe('late');
  expect(afterMs).toBeGreaterThanOrEqual(3.5 * HOLD_MS);
});

test('many runs that are held at once share the looks', async () => {
  let looks = 0;
  const stateOf = async (): Promise<'waits'> => (looks++, 'waits');
  const port = { stateOf, isKilling: async () => false };
  const runs = Array.from({ length: 100 }, (_, index) => `r${index}`);
  const began = performance.now();
  await Promise.all(
    runs.map((runId) => {
      const one = { attempt: { workflowId: 'w', runId } } as LedgerEntry;
      return holdAttempt({ entry: one, requests: () => [], isWanted: () => true, holdMs: 1_500 }, () => port, rethrow);
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  expect(looks).toBeLessThan(runs.length * (seconds + 2)); // the first one of each, and 100 a second
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
