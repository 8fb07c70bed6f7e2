import { NumberRing } from '../../../../src/process/subreaper/number-ring';

function take(ring: NumberRing, count: number): number[] {
  return Array.from({ length: count }, () => ring.next());
}

test('counts from 1, never 0, and comes round', () => {
  expect(take(new NumberRing(4, () => new Set()), 7)).toEqual([1, 2, 3, 1, 2, 3, 1]);
});

test('in a later round it passes over the numbers that somebody still has', () => {
  const asked = jest.fn(() => new Set([1, 3]));
  const ring = new NumberRing(5, asked);
  expect(take(ring, 4)).toEqual([1, 2, 3, 4]);
  expect(asked).not.toHaveBeenCalled();
  expect(take(ring, 2)).toEqual([2, 4]);
  expect(asked).toHaveBeenCalledTimes(1);
});

test('with all of them taken it still gives one', () => {
  const ring = new NumberRing(3, () => new Set([1, 2]));
  take(ring, 2);
  expect([1, 2]).toContain(ring.next());
});
