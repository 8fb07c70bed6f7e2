import { Journal } from '../../../src/reaper/journal';
import type { ReaperCall } from '../../../src/reaper/thread-protocol';

const open = (token: string): ReaperCall => ({ name: 'open', args: [{ token } as never] });
const started = (token: string, pid: number): ReaperCall => ({
  name: 'processStarted',
  args: [token, pid, true, true],
});

let journal: Journal;
beforeEach(() => (journal = new Journal()));

function tell(...calls: ReaperCall[]): void {
  for (const call of calls) journal.note(call);
}

test('tells again what is open, in order', () => {
  tell(open('a'), started('a', 7), open('b'), started('b', 8));
  expect(journal.calls()).toEqual([open('a'), started('a', 7), open('b'), started('b', 8)]);
});

test('of a process that has exited only that there was one: the attempt stays live, and nobody vouches for it', () => {
  tell(open('a'), started('a', 7), started('a', 8), { name: 'processExited', args: ['a', 7] });
  expect(journal.calls()).toEqual([open('a'), started('a', 8), { name: 'markerHandedOut', args: ['a'] }]);
  tell({ name: 'processExited', args: ['a', 8] });
  expect(journal.calls()).toEqual([open('a'), { name: 'markerHandedOut', args: ['a'] }]);
});

test('forgets what is closed', () => {
  tell(open('a'), started('a', 7), { name: 'close', args: ['a', 'warn'] }, started('a', 9));
  expect(journal.calls()).toEqual([]);
});

test('keeps what completes asynchronously until it has been killed', () => {
  const keep: ReaperCall = { name: 'close', args: ['a', 'keep'] };
  tell(open('a'), started('a', 7), keep);
  expect(journal.calls()).toEqual([open('a'), started('a', 7), keep]);
  journal.noteKilled('a');
  expect(journal.calls()).toEqual([]);
});

test('and forgets it at once when it was killed before', () => {
  tell(open('a'), started('a', 7));
  journal.noteKilled('a');
  expect(journal.calls()).toHaveLength(2);
  tell({ name: 'close', args: ['a', 'keep'] });
  expect(journal.calls()).toEqual([]);
});
