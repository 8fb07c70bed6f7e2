import { ReplayLog } from '../../../../src/reaper/thread/replay-log';
import type { ReaperCommand } from '../../../../src/tracking/reaper-protocol';

const open = (token: string): ReaperCommand => ({ type: 'open', token }) as ReaperCommand;
const started = (token: string, pid: number): ReaperCommand => ({
  type: 'processStarted',
  token,
  pid,
  leadsGroup: true,
  isEnclosed: true,
});

let replayLog: ReplayLog;
beforeEach(() => (replayLog = new ReplayLog()));

function tell(...commands: ReaperCommand[]): void {
  for (const command of commands) replayLog.note(command);
}

test('tells again what is open, in order', () => {
  tell(open('a'), started('a', 7), open('b'), started('b', 8));
  expect(replayLog.commands()).toEqual([open('a'), started('a', 7), open('b'), started('b', 8)]);
});

test('of a process that has exited only that there was one: the attempt stays live, and nobody vouches for it', () => {
  tell(open('a'), started('a', 7), started('a', 8), { type: 'processExited', token: 'a', pid: 7 });
  expect(replayLog.commands()).toEqual([open('a'), started('a', 8), { type: 'markerHandedOut', token: 'a' }]);
  tell({ type: 'processExited', token: 'a', pid: 8 });
  expect(replayLog.commands()).toEqual([open('a'), { type: 'markerHandedOut', token: 'a' }]);
});

test('tells again how the attempt wants to be killed', () => {
  const escalation = { signal: 'SIGINT', graceMs: 5, settleMs: 100 } as const;
  tell(open('a'), { type: 'escalation', token: 'a', escalation });
  expect(replayLog.commands()).toEqual([open('a'), { type: 'escalation', token: 'a', escalation }]);
});

test('forgets what is closed', () => {
  tell(open('a'), started('a', 7), { type: 'close', token: 'a', leftovers: 'warn' }, started('a', 9));
  expect(replayLog.commands()).toEqual([]);
});

test('keeps what completes asynchronously until it has been killed', () => {
  const keep: ReaperCommand = { type: 'close', token: 'a', leftovers: 'keep' };
  tell(open('a'), started('a', 7), keep);
  expect(replayLog.commands()).toEqual([open('a'), started('a', 7), keep]);
  replayLog.noteKilled('a');
  expect(replayLog.commands()).toEqual([]);
});

test('and forgets it at once when it was killed before', () => {
  tell(open('a'), started('a', 7));
  replayLog.noteKilled('a');
  expect(replayLog.commands()).toHaveLength(2);
  tell({ type: 'close', token: 'a', leftovers: 'keep' });
  expect(replayLog.commands()).toEqual([]);
});
