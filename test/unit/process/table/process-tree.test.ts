import type { ProcessInfo } from '../../../../src/contract/process-ref';
import { ProcessSnapshot } from '../../../../src/process/table/process-snapshot';
import { type TreeSeed, treeOf } from '../../../../src/process/table/process-tree';
import { isSignallablePid, type KillProtection, protectionFrom } from '../../../../src/process/kill/protect';

/** Own process 10 in group and session 9, parent 9. */
const protection: KillProtection = { pids: new Set([0, 1, 9, 10]), pgid: 9, sid: 9 };

function proc(pid: number, fields: Partial<ProcessInfo> = {}): ProcessInfo {
  return { pid, startTicks: String(pid), ppid: 1, pgid: 5, sid: 5, state: 'S', name: `p${pid}`, ...fields };
}

function tree(processes: ProcessInfo[], seed: Partial<TreeSeed>): number[] {
  const full: TreeSeed = { members: [], led: new Map(), sinceTicks: '', sessions: true, ...seed };
  return treeOf(new ProcessSnapshot(processes), full, protection)
    .map(({ pid }) => pid)
    .sort((a, b) => a - b);
}

const root = proc(100, { ppid: 10, pgid: 100, sid: 100 });
const ref = { pid: 100, startTicks: '100' };

test('descendants of a root, at any depth', () => {
  expect(tree([root, proc(101, { ppid: 100 }), proc(102, { ppid: 101 }), proc(103)], { members: [ref] })).toEqual([
    100, 101, 102,
  ]);
});

test('a root whose number is another process now is passed over, with its children', () => {
  expect(tree([proc(100, { startTicks: '900' }), proc(901, { ppid: 100 })], { members: [ref] })).toEqual([]);
});

test('a child older than its parent is none', () => {
  expect(tree([root, proc(50, { ppid: 100 })], { members: [ref] })).toEqual([100]);
});

test('a cycle in the lineage ends', () => {
  const cycle = [proc(100, { ppid: 101 }), proc(101, { ppid: 100, startTicks: '100' })];
  expect(tree(cycle, { members: [ref] })).toEqual([100, 101]);
});

test('members of a group and a session that a root leads, and their descendants', () => {
  const processes = [
    root,
    proc(110, { pgid: 100 }),
    proc(111, { sid: 100, pgid: 111 }),
    proc(112, { ppid: 111 }),
    proc(113, { pgid: 7, sid: 7 }),
  ];
  expect(tree(processes, { members: [ref] })).toEqual([100, 110, 111, 112]);
});

test('a group that one of ours joined but does not lead is not followed', () => {
  expect(tree([proc(100, { pgid: 80 }), proc(81, { pgid: 80 }), proc(120, { pgid: 80 })], { members: [ref] })).toEqual([
    100,
  ]);
});

test('who is older than the leader is not taken for a member', () => {
  expect(tree([root, proc(50, { pgid: 100 })], { members: [ref] })).toEqual([100]);
});

test('sessions are not followed where they are not asked for', () => {
  expect(tree([root, proc(111, { sid: 100 })], { members: [ref], sessions: false })).toEqual([100]);
});

describe('a group that was led', () => {
  const led = new Map([[100, '']]);
  const member = proc(110, { pgid: 100, sid: 100 });

  test('is trusted when its leader is gone', () => expect(tree([member], { led })).toEqual([110]));

  test('is not trusted when its number is another process now', () => {
    expect(tree([member, proc(100, { pgid: 100, startTicks: '99' })], { led })).toEqual([]);
    expect(tree([member, proc(100, { startTicks: '99' })], { led: new Map([[100, '100']]) })).toEqual([]);
  });

  test('is trusted when its leader is a member or has the ticks that were noted', () => {
    expect(tree([member, root], { led, members: [ref] })).toEqual([100, 110]);
    expect(tree([member, root], { led: new Map([[100, '100']]) })).toEqual([100, 110]);
  });

  test('has no members from before the attempt', () => {
    expect(tree([member, proc(60, { pgid: 100 })], { led, sinceTicks: '105' })).toEqual([110]);
  });
});

describe('never part of a tree', () => {
  test.each([1, 9, 10])('init, ancestors and ourselves: %i', (pid) => {
    expect(tree([proc(pid), root], { members: [{ pid, startTicks: String(pid) }, ref] })).toEqual([100]);
  });

  test('our own group and session, but for who is identified', () => {
    const ours = [proc(100, { pgid: 9, sid: 9, ppid: 10 }), proc(101, { pgid: 9, sid: 9, ppid: 100 })];
    const neighbour = proc(130, { pgid: 9, sid: 9 });
    expect(tree([...ours, neighbour], { members: [ref], led: new Map([[9, '']]) })).toEqual([100, 101]);
  });
});

test('protection names ourselves, our ancestors, our group and session', () => {
  const look = new ProcessSnapshot([
    proc(process.pid, { ppid: process.ppid, pgid: 70, sid: 71 }),
    proc(process.ppid, { ppid: 72 }),
    proc(72, { ppid: 1 }),
  ]);
  const { pids, pgid, sid } = protectionFrom(look);
  expect([...pids].sort()).toEqual([0, 1, 72, process.pid, process.ppid].sort());
  expect([pgid, sid]).toEqual([70, 71]);
});

test.each([-1, 0, 1, 1.5, NaN, Infinity, -4711])('%p is no pid to signal', (pid) => {
  expect(isSignallablePid(pid)).toBe(false);
});
