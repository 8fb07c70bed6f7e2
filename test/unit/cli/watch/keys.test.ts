import type { WatchView } from '../../../../src/cli/watch/watch-frame';
import { isQuitKey, viewAfterKey } from '../../../../src/cli/watch/watch-keys';

const view: WatchView = { order: 'age', isPaused: false, offset: 5 };

test.each<[string, Partial<WatchView>]>([
  ['c', { order: 'cpu', offset: 0 }],
  ['m', { order: 'memory', offset: 0 }],
  ['a', { order: 'age', offset: 0 }],
  ['space', { isPaused: true }],
  ['up', { offset: 4 }],
  ['k', { offset: 4 }],
  ['down', { offset: 6 }],
  ['j', { offset: 6 }],
  ['pageup', { offset: 0 }],
  ['pagedown', { offset: 15 }],
  ['home', { offset: 0 }],
])('%s', (name, change) => expect(viewAfterKey(view, { name }, 10)).toEqual({ ...view, ...change }));

test.each([{ name: 'x' }, { name: 'm', ctrl: true }, { name: 'toString' }, { name: 'constructor' }, {}])(
  '%j means nothing',
  (key) => expect(viewAfterKey(view, key, 10)).toBe(view),
);

test('a second space goes on', () => {
  expect(viewAfterKey({ ...view, isPaused: true }, { name: 'space' }, 10).isPaused).toBe(false);
});

test.each([
  [{ name: 'q' }, true],
  [{ name: 'c', ctrl: true }, true],
  [{ name: 'c' }, false],
  [{ name: 'q', ctrl: true }, false],
  [{}, false],
])('%j quits: %s', (key, quits) => expect(isQuitKey(key)).toBe(quits));
