import { groupExists, isAlive, nowTicks, ownStartTicks, startTicksOf } from '../../src/process/table/liveness';
import { ProcfsTable } from '../../src/process/table/procfs-table';
import { PsTable } from '../../src/process/table/ps-table';
import { withUsage } from '../../src/process/table/process-usage';
import { TestRun } from '../fixtures/processes/test-run';
import { cpuMsOf, groupOf, memoryBytesOf, startTicks, stateOf } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';

let run: TestRun;
beforeEach(() => (run = new TestRun()));
afterEach(() => run.end());

test('a name with parentheses does not shift the fields', async () => {
  const fixture = await run.start('named-with-parentheses');
  const { pid } = fixture.child;
  const look = await new ProcfsTable().look();
  expect(look.byPid.get(pid!)).toMatchObject({ ppid: process.pid, pgid: pid, sid: pid, name: 'a) R 1 (b' });
});

test('a zombie is dead, though its number and group exist', async () => {
  const fixture = await run.start('zombie-parent');
  const pid = fixture.pidOf('zombie');
  expect(stateOf(pid)).toBe('Z');
  expect(isAlive({ pid, startTicks: startTicksOf(pid)! })).toBe(false);
  expect(isAlive({ pid: fixture.child.pid!, startTicks: startTicks(fixture.child.pid!)! })).toBe(true);
});

test('the same number with other start ticks is another process', () => {
  const own = { pid: process.pid, startTicks: ownStartTicks() };
  expect(isAlive(own)).toBe(true);
  expect(isAlive({ ...own, startTicks: `${own.startTicks}0` })).toBe(false);
});

test('own ticks are the kernel’s; now is no later than a process that starts next', async () => {
  expect(ownStartTicks()).toBe(startTicks(process.pid));
  const now = Number(nowTicks());
  const { child } = await run.start('forever');
  expect(Number(startTicks(child.pid!))).toBeGreaterThanOrEqual(now);
  expect(now).toBeGreaterThan(Number(ownStartTicks()));
});

test('a group exists while it has a member', async () => {
  const { child } = await run.start('forever');
  expect(groupExists(child.pid!)).toBe(true);
  const exit = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGKILL');
  await exit;
  expect(groupExists(child.pid!)).toBe(false);
  for (const pgid of [0, 1, -1, 1.5]) expect(groupExists(pgid)).toBe(false);
});

test('ps shows what procfs shows', async () => {
  const { child } = await run.start('forever');
  const byPs = (await new PsTable().look()).byPid.get(child.pid!);
  const byProcfs = (await new ProcfsTable().look()).byPid.get(child.pid!);
  expect(byPs).toMatchObject({
    ppid: process.pid,
    pgid: groupOf(child.pid!),
    sid: byProcfs?.sid,
    name: byProcfs?.name,
  });
});

describe('a look that needs only the young fresh', () => {
  test('does not read the old again, and shows the young and the gone as they are', async () => {
    const table = new ProcfsTable();
    const old = await run.start('forever');
    await table.look();
    const read = jest.spyOn(table, 'read');
    const young = await run.start('forever');
    const since = startTicks(young.child.pid!)!;
    const look = await table.look(since);
    const pids = read.mock.calls.map(([pid]) => pid);
    expect(pids).toContain(young.child.pid);
    expect(pids).not.toContain(process.ppid);
    expect(look.byPid.has(old.child.pid!)).toBe(true);
    const exit = new Promise((resolve) => old.child.on('exit', resolve));
    old.child.kill('SIGKILL');
    await exit;
    expect((await table.look(since)).byPid.has(old.child.pid!)).toBe(false);
  });

  test('reads all when nothing is known yet', async () => {
    const own = (await new ProcfsTable().look(nowTicks())).byPid.get(process.pid);
    expect(own?.startTicks).toBe(ownStartTicks());
  });
});

describe('what a process has used', () => {
  test('is what the kernel says', async () => {
    const table = new ProcfsTable();
    const before = Date.now();
    const { child } = await run.start('forever');
    const after = Date.now();
    const pid = child.pid!;
    await waitUntil('the process has used CPU time', () => cpuMsOf(pid) >= 40);
    child.kill('SIGSTOP');
    await waitUntil('it stands still', () => stateOf(pid) === 'T');
    const usage = table.usage({ pid, startTicks: startTicks(pid)! });
    expect(usage?.cpuMs).toBe(cpuMsOf(pid));
    // The kernel sums up a counter per CPU for one of the two, and not for the other.
    expect(usage!.memoryBytes! / memoryBytesOf(pid)).toBeCloseTo(1, 0);
    expect(usage?.memoryBytes).toBeGreaterThan(100_000);
    // Ticks are 10 ms long, and Node's clock starts some ms after its process.
    expect(usage?.startedAt).toBeGreaterThanOrEqual(before - 100);
    expect(usage?.startedAt).toBeLessThanOrEqual(after + 100);
  });

  test('is unknown of a process that is gone, though its number is another’s now', async () => {
    const table = new ProcfsTable();
    const own = (await table.look()).byPid.get(process.pid)!;
    const gone = { ...own, startTicks: `${own.startTicks}0` };
    expect(await withUsage(table, [own, gone])).toEqual([
      {
        ...own,
        startedAt: expect.any(Number) as number,
        cpuMs: expect.any(Number) as number,
        memoryBytes: expect.any(Number) as number,
      },
      gone,
    ]);
  });

  test('is only the start, with ps', async () => {
    const table = new PsTable();
    const { child } = await run.start('forever');
    const [listed] = await withUsage(table, [table.read(child.pid!)!]);
    expect(Math.abs(listed.startedAt! - Date.now())).toBeLessThan(10_000);
    expect(listed).not.toHaveProperty('cpuMs');
  });
});
