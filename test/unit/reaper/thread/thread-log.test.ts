import { ThreadLog } from '../../../../src/reaper/thread/thread-log';

test('lines wait for a reaper, follow the next one when it leaves, and are kept when there is none', () => {
  const lines = new ThreadLog();
  const [first, second] = [jest.fn(), jest.fn()];
  lines.add('INFO', 'early');
  lines.passTo(first);
  lines.add('INFO', 'to the first');
  expect(first.mock.calls).toEqual([
    ['INFO', 'early'],
    ['INFO', 'to the first'],
  ]);
  lines.passTo(undefined);
  lines.add('WARN', 'between');
  lines.passTo(second);
  lines.add('WARN', 'to the second', { pid: 1 });
  expect(second.mock.calls).toEqual([
    ['WARN', 'between'],
    ['WARN', 'to the second', { pid: 1 }],
  ]);
  expect(first).toHaveBeenCalledTimes(2);
});
