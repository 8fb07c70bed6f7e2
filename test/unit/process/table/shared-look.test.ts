import type { ProcessInfo } from '../../../../src/contract/process-ref';
import { ProcessSnapshot } from '../../../../src/process/table/process-snapshot';
import type { EnvEntry, ProcessTable } from '../../../../src/process/table/process-table';
import { SharedLook } from '../../../../src/process/table/shared-look';

class FakeTable implements ProcessTable {
  readonly kind = 'procfs';
  looks = 0;
  readonly environsRead: number[] = [];
  constructor(private readonly processes: ProcessInfo[]) {}

  freshSince: Array<string | undefined> = [];
  async look(freshSince?: string): Promise<ProcessSnapshot> {
    this.looks++;
    this.freshSince.push(freshSince);
    return new ProcessSnapshot(this.processes);
  }
  read(): undefined {
    return undefined;
  }
  environ(pid: number): EnvEntry[] {
    this.environsRead.push(pid);
    return [['TEMPORAL_REAPER_0123456789abcdef0123456789abcdef', String(pid)]];
  }
  nowTicks(): string {
    return '';
  }
}

function proc(pid: number): ProcessInfo {
  return { pid, startTicks: String(pid), ppid: 1, pgid: pid, sid: pid, state: 'S', name: '' };
}

test('who asks at the same time gets the same look, who asks after it began gets the next', async () => {
  const table = new FakeTable([]);
  const looks = new SharedLook(table);
  const [first, second] = await Promise.all([looks.take(), looks.take()]);
  expect(second).toBe(first);
  expect(table.looks).toBe(1);
  expect(await looks.take()).not.toBe(first);
  expect(table.looks).toBe(2);
});

test('nothing is read while nobody asks', async () => {
  const table = new FakeTable([proc(100)]);
  new SharedLook(table);
  await new Promise((resolve) => setImmediate(resolve));
  expect(table.looks).toBe(0);
});

test('an environment is read once for all, and none of a process from before', async () => {
  const table = new FakeTable([proc(100), proc(200), proc(300)]);
  const look = await new SharedLook(table).take();
  const all = () => true;
  const [late, later] = await Promise.all([
    look.marked('TEMPORAL_REAPER_0123456789abcdef0123456789abcdef', all, '200'),
    look.marked('TEMPORAL_REAPER_0123456789abcdef0123456789abcdef', all, '300'),
  ]);
  expect(late.map(({ pid }) => pid).sort()).toEqual([200, 300]);
  expect(later.map(({ pid }) => pid)).toEqual([300]);
  expect(table.environsRead.sort()).toEqual([200, 300]);
});

test('a failed look fails those who asked for it, and no later one', async () => {
  const table = new FakeTable([]);
  const looks = new SharedLook(table);
  jest.spyOn(table, 'look').mockRejectedValueOnce(new Error('no descriptors'));
  await expect(looks.take()).rejects.toThrow('no descriptors');
  await expect(looks.take()).resolves.toBeDefined();
});

test.each([
  [['200', '100', '300'], '100'],
  [['200', '', '300'], ''],
  [['99', '100'], '99'],
])('who shares a look gets fresh what any of them needs: %j', async (asked, expected) => {
  const table = new FakeTable([]);
  const looks = new SharedLook(table);
  await Promise.all(asked.map((since) => looks.take(since)));
  await looks.take('700');
  expect(table.freshSince).toEqual([expected, '700']);
});
