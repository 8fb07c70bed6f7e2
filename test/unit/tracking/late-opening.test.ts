import { LateOpening } from '../../../src/tracking/late-opening';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('an attempt that is over within 50 ms is never told of', () => {
  const open = jest.fn();
  const opening = new LateOpening(open);
  jest.advanceTimersByTime(49);
  opening.cancel();
  jest.advanceTimersByTime(60_000);
  expect(open).not.toHaveBeenCalled();
  expect(opening.isOpen).toBe(false);
});

test('one that goes on is told of once, after 50 ms', () => {
  const open = jest.fn();
  const opening = new LateOpening(open);
  jest.advanceTimersByTime(50);
  expect(open).toHaveBeenCalledTimes(1);
  expect(opening.isOpen).toBe(true);
  opening.now();
  jest.advanceTimersByTime(60_000);
  expect(open).toHaveBeenCalledTimes(1);
});

test('a first process, or a kill, tells of it at once, and once', () => {
  const open = jest.fn();
  const opening = new LateOpening(open);
  opening.now();
  opening.now();
  jest.advanceTimersByTime(60_000);
  expect(open).toHaveBeenCalledTimes(1);
});
