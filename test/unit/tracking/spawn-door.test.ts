import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { SpawnDoor } from '../../../src/tracking/spawn-door';

test('lets in until it is closed, and counts who is inside', () => {
  const door = new SpawnDoor();
  expect(door.enter()).toBe(true);
  expect(door.inUse).toBe(true);
  door.close();
  expect(door.closed).toBe(true);
  expect(door.enter()).toBe(false);
  expect(door.inUse).toBe(true); // the first one
  door.leave();
  expect(door.inUse).toBe(false);
});

test('both ends see the same memory', () => {
  const door = new SpawnDoor();
  const other = new SpawnDoor(door.memory);
  other.close();
  expect(door.enter()).toBe(false);
});

test('opens again for a cleanup, and is shut for good', () => {
  const door = new SpawnDoor();
  door.close();
  door.reopen();
  expect(door.enter()).toBe(true);
  expect(door.closings).toBe(1);
  door.shut();
  door.reopen();
  expect(door.enter()).toBe(false);
});

test('a race with another thread: nobody enters once the closer has seen it empty', async () => {
  const CLOSER = `
    const { parentPort, workerData } = require('node:worker_threads');
    const cells = new Int32Array(workerData.memory);
    const go = new Int32Array(workerData.go);
    for (let round = 1; round <= workerData.rounds; round++) {
      while (Atomics.load(go, 0) !== round) {}
      Atomics.store(cells, 2, 1);                       // as Door.close does
      while (Atomics.load(cells, 1) > 0) {}             // as Door.inUse tells
      Atomics.store(go, 1, Atomics.load(go, 2));        // spawns begun before the door was seen shut and empty
      Atomics.store(go, 3, round);
    }
    parentPort.postMessage('done');`;
  const rounds = 200;
  const door = new SpawnDoor();
  const go = new Int32Array(new SharedArrayBuffer(16));
  const thread = new Worker(CLOSER, { eval: true, workerData: { memory: door.memory, go: go.buffer, rounds } });
  const done = once(thread, 'message');
  const cells = new Int32Array(door.memory);
  for (let round = 1; round <= rounds; round++) {
    Atomics.store(cells, 2, 0);
    Atomics.store(go, 2, 0);
    Atomics.store(go, 0, round);
    while (door.enter()) {
      Atomics.add(go, 2, 1);
      door.leave();
    }
    while (Atomics.load(go, 3) !== round); // the closer has looked
    expect(door.enter()).toBe(false);
    expect(Atomics.load(go, 1)).toBe(Atomics.load(go, 2));
  }
  await done;
  await thread.terminate();
});
