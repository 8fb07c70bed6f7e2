import type { ProcessInfo } from '../../../../src/contract/process-ref';
import { KillRecord } from '../../../../src/process/kill/kill-record';

function member(pid: number, state: string): ProcessInfo {
  return { pid, startTicks: String(pid), ppid: 1, pgid: 100, sid: 100, state, name: 'it' };
}

/** What a kill's looks make of group 100, one after the other. */
function restless(...looks: ProcessInfo[][]): boolean[] {
  const record = new KillRecord();
  return looks.map((members) => record.isRestless(100, members));
}

test('a group that shows a living member needs no guess', () => {
  expect(restless([member(101, 'S')], [member(101, 'Z'), member(102, 'R')])).toEqual([false, false]);
});

test('a group that the kernel has and a look does not show is restless', () => {
  expect(restless([], [])).toEqual([true, true]);
});

test('a group whose zombies change from look to look is restless: who leaves them is never seen alive', () => {
  expect(restless([member(101, 'Z')], [member(102, 'Z')], [member(102, 'Z'), member(103, 'Z')])).toEqual([
    true,
    true,
    true,
  ]);
});

test('a group of the same zombies is over at the second look', () => {
  const [one, two] = [member(101, 'Z'), member(102, 'X')];
  expect(restless([one, two], [one, two], [two])).toEqual([true, false, false]);
});
