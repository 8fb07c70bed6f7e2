import { BeatDeadline, SentBeats } from '../../../src/tracking/beat-deadline';

const TIMEOUT = 10_000;
const THROTTLE = 8_000;

/** When the attempt is given up, after these beats. */
function after(...beats: number[]): number {
  const sent = new SentBeats(TIMEOUT, THROTTLE, 1_000);
  for (const beat of beats) sent.beat(beat);
  return sent.deadline.at;
}

test('an attempt that never beats has its timeout from its start', () => {
  expect(after()).toBe(11_000);
});

test('the first beat is sent at once', () => {
  expect(after(2_000)).toBe(12_000);
});

test('later ones of a throttle window are sent together at its end, and begin the next', () => {
  expect(after(2_000, 2_001)).toBe(20_000); // sent at 10_000
  expect(after(2_000, 2_001, 9_999)).toBe(20_000);
  expect(after(2_000, 2_001, 10_000)).toBe(28_000); // held back until 18_000
});

test('after a window without a beat the next is sent at once', () => {
  expect(after(2_000, 11_000)).toBe(21_000);
  expect(after(2_000, 2_001, 18_500)).toBe(28_500);
});

test('both threads see it', () => {
  const sent = new SentBeats(TIMEOUT, THROTTLE, 1_000);
  sent.beat(5_000);
  expect(new BeatDeadline(sent.deadline.memory).at).toBe(15_000);
});
