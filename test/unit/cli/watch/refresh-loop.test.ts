import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { RefreshLoop } from '../../../../src/cli/watch/refresh-loop';
import { waitUntil } from '../../../helpers/wait-until';

/** Long enough for a loop with an interval of 1 ms to do what it must not do. */
const QUIET_MS = 30;

/** A loop whose questions are answered by hand. */
function handLoop(intervalMs = 1) {
  const asked: { answer(value: string): void; refuse(error: Error): void }[] = [];
  const seen: string[] = [];
  const end = new AbortController();
  const loop = new RefreshLoop<string>(
    () => new Promise((answer, refuse) => asked.push({ answer, refuse })),
    intervalMs,
  );
  const sink = { show: (value: string) => seen.push(value), fail: (error: unknown) => seen.push(String(error)) };
  return { loop, asked, seen, end, done: loop.run(sink, end.signal) };
}

test('the next question waits for the answer to the last', async () => {
  const { asked, seen, end, done } = handLoop();
  await sleep(QUIET_MS);
  expect(asked).toHaveLength(1);
  asked[0].answer('one');
  await waitUntil('it asks again', () => asked.length === 2);
  asked[1].answer('two');
  await waitUntil('it shows the second', () => seen.length === 2);
  end.abort();
  await done;
  expect(seen).toEqual(['one', 'two']);
});

test('a failure is shown, and the next question asked', async () => {
  const { asked, seen, end, done } = handLoop();
  asked[0].answer('one');
  await waitUntil('it asks again', () => asked.length === 2);
  asked[1].refuse(new Error('gone'));
  await waitUntil('it asks a third time', () => asked.length === 3);
  asked[2].answer('three');
  await waitUntil('it shows the third', () => seen.length === 3);
  end.abort();
  await done;
  expect(seen).toEqual(['one', 'Error: gone', 'three']);
});

test('the failure of the first question ends it', async () => {
  const { asked, seen, done } = handLoop();
  asked[0].refuse(new Error('never there'));
  await expect(done).rejects.toThrow('never there');
  expect(seen).toEqual([]);
});

test('while paused it asks nothing and shows nothing; after it, it asks at once', async () => {
  const { loop, asked, seen, end, done } = handLoop();
  asked[0].answer('one');
  await waitUntil('it asks again', () => asked.length === 2);
  loop.pause(true);
  asked[1].answer('two');
  await sleep(QUIET_MS);
  expect([asked.length, seen]).toEqual([2, ['one']]);
  loop.pause(false);
  await waitUntil('it asks a third time', () => asked.length === 3);
  end.abort();
  await done;
});

test.each([
  ['while it asks', false],
  ['while it waits', true],
])('ends at once %s, and leaves no listener', async (_what, answers) => {
  const { asked, end, done } = handLoop(3_600_000);
  if (answers) asked[0].answer('one');
  await turn();
  end.abort();
  await done;
});

test('the end of the last question is waited for, but not for long', async () => {
  const { loop, asked, end, done } = handLoop();
  end.abort();
  await done;
  expect(await loop.settle(5)).toBe(false);
  const settled = loop.settle(3_600_000);
  asked[0].refuse(new Error('too late'));
  expect(await settled).toBe(true);
});
