import { OwnChildren } from '../../../../src/process/subreaper/own-children';

const SLOTS = 16_384;

let writer: OwnChildren;
/** As another thread has it: by the memory alone. */
let reader: OwnChildren;
beforeEach(() => {
  writer = new OwnChildren();
  reader = new OwnChildren(writer.memory);
});

function spawned(pid: number | undefined): void {
  writer.spawnBegins();
  writer.spawnEnds(pid);
}

test('a child is on the list from its spawn to its exit', () => {
  spawned(100);
  expect(reader.has(100)).toBe(true);
  expect(reader.has(101)).toBe(false);
  writer.exited(100);
  expect(reader.has(100)).toBe(false);
});

test('a spawn that has begun has not ended until its pid is on the list', () => {
  writer.spawnBegins();
  expect([reader.spawnsBegun, reader.spawnsEnded, reader.has(7)]).toEqual([1, 0, false]);
  writer.spawnEnds(7);
  expect([reader.spawnsBegun, reader.spawnsEnded, reader.has(7)]).toEqual([1, 1, true]);
  spawned(undefined);
  expect([reader.spawnsBegun, reader.spawnsEnded]).toEqual([2, 2]);
});

test('pids that share a slot are told apart, in whatever order they go', () => {
  const pids = [5, 5 + SLOTS, 5 + 2 * SLOTS, 6];
  pids.forEach(spawned);
  writer.exited(5 + SLOTS);
  expect(pids.map((pid) => reader.has(pid))).toEqual([true, false, true, true]);
  writer.exited(5);
  spawned(5 + SLOTS);
  expect(pids.map((pid) => reader.has(pid))).toEqual([false, true, true, true]);
});

test('agrees with a plain set over many random comings and goings', () => {
  const model = new Set<number>();
  let seed = 42;
  const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  for (let i = 0; i < 20_000; i++) {
    const pid = 2 + random(3) * SLOTS + random(40);
    if (model.delete(pid)) writer.exited(pid);
    else {
      model.add(pid);
      spawned(pid);
    }
  }
  for (let base = 0; base < 3; base++) {
    for (let i = 0; i < 40; i++) {
      const pid = 2 + base * SLOTS + i;
      expect([pid, reader.has(pid)]).toEqual([pid, model.has(pid)]);
    }
  }
});

test('with more children than there is room for it says so', () => {
  for (let pid = 1; pid <= SLOTS; pid++) spawned(pid);
  expect(reader.isLost).toBe(false);
  spawned(SLOTS + 1);
  expect(reader.isLost).toBe(true);
});

test('the tag of a call is seen while the call lasts', () => {
  expect(reader.call).toBeUndefined();
  writer.callBegins(2n ** 62n + 5n);
  expect(reader.call).toBe(2n ** 62n + 5n);
  writer.callEnds();
  expect(reader.call).toBeUndefined();
});

test('a limit of any size is handed over', () => {
  writer.normalLimit = 2n ** 64n - 1n;
  expect(reader.normalLimit).toBe(2n ** 64n - 1n);
});
