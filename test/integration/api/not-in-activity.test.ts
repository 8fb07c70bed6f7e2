import { markerEnv, onKill, track, untracked } from '../../../src';

test.each([
  ['track', () => track(process.pid + 1)],
  ['markerEnv', () => markerEnv()],
  ['onKill', () => onKill(() => undefined)],
])('%s is refused outside of an activity', (_name, call) => {
  expect(call).toThrow(expect.objectContaining({ code: 'NOT_IN_ACTIVITY' }) as Error);
});

test('untracked just runs the function there', () => {
  expect(untracked(() => 'done')).toBe('done');
});
