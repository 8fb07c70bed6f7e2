import type { ProcessInfo } from '../../../../src/contract/process-ref';
import { nowTicks, ownStartTicks } from '../../../../src/process/table/liveness';
import { systemTable } from '../../../../src/process/table/system-table';
import { type UsageParts, UsageLooks } from '../../../../src/reaper/usage/usage-looks';
import { AttemptLedger } from '../../../../src/tracking/ledger';
import type { LedgerEntry } from '../../../../src/tracking/ledger-entry';
import type { TypeUsage } from '../../../../src/tracking/reaper-protocol';
import { SpawnDoor } from '../../../../src/tracking/spawn-door';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const own = systemTable().read(process.pid) as ProcessInfo;
const elsewhere = (pid: number): ProcessInfo => ({ ...own, pid, startTicks: '1' });

function bench({ findMs = 0, beganTicks = '' }: { findMs?: number; beganTicks?: string } = {}) {
  const ledger = new AttemptLedger(process.ppid);
  const reports: TypeUsage[][] = [];
  const found = new Map<LedgerEntry, ProcessInfo[]>();
  const state = { looks: 0, enclosureMs: undefined as number | undefined };
  const parts: UsageParts = {
    ledger,
    killer: {
      containment: { table: systemTable() } as UsageParts['killer']['containment'],
      findEach: async (entries) => {
        state.looks += 1;
        if (findMs > 0) await new Promise((resolve) => setTimeout(resolve, findMs));
        return entries.map((entry) => found.get(entry) ?? []);
      },
      usedCpuMs: () => state.enclosureMs,
    },
    notices: {
      log: () => undefined,
      notify: (notice) => {
        if (notice.type === 'counted' && notice.counted.what === 'usage') reports.push(notice.counted.types);
      },
    },
    beganTicks,
  };
  const looks = new UsageLooks(parts);
  let tokens = 0;
  const open = (activityType: string, processes: ProcessInfo[] = []): LedgerEntry => {
    const entry = ledger.open({
      token: `t${++tokens}`,
      attempt: { namespace: 'n', workflowId: 'w', runId: 'r', activityId: 'a', attempt: tokens },
      activityType,
      taskToken: new Uint8Array(),
      sinceTicks: nowTicks(),
      escalation: { signal: 'SIGTERM', graceMs: 1, settleMs: 100 },
      heartbeatTimeoutMs: 0,
      isLocal: false,
      leftovers: 'leave',
      door: new SpawnDoor().memory,
    });
    found.set(entry, processes);
    return entry;
  };
  /** Its root is this test itself: a child of the "worker", which is this process's parent. */
  const start = (entry: LedgerEntry): void => {
    entry.take({ type: 'processStarted', token: entry.token, pid: process.pid, leadsGroup: false, isEnclosed: false });
    looks.changed();
  };
  const close = (entry: LedgerEntry): void => {
    looks.closed(entry);
    ledger.delete(entry.token);
  };
  return { looks, state, reports, found, open, start, close, last: () => reports.at(-1)?.map(shown) };
}

const shown = ({ activityType, attempts, processes }: TypeUsage): string =>
  `${activityType}: ${processes} in ${attempts}`;

test('one report at its start, for what a crashed reaper has shown; then nothing, and no timer', async () => {
  const { reports, state, open, close } = bench();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(reports).toEqual([[]]);
  close(open('idle'));
  expect(jest.getTimerCount()).toBe(0);
  expect(state.looks).toBe(0);
});

test('an attempt with cleanup work and no process is not looked at', async () => {
  const { looks, state, open } = bench();
  open('cleans').take({ type: 'cleanupRegistered', token: 't1' });
  looks.changed();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(state.looks).toBe(0);
  expect(jest.getTimerCount()).toBe(0);
});

test('children are known at once, descendants every 10 s; when the attempt is closed, no series is left', async () => {
  const { state, open, start, close, found, last } = bench();
  const entry = open('build', [own, elsewhere(2)]);
  start(entry);
  await jest.advanceTimersByTimeAsync(1_000);
  expect([state.looks, last()]).toEqual([1, ['build: 2 in 1']]);
  found.set(entry, [own, elsewhere(2), elsewhere(3)]);
  const later = open('build', [own]);
  start(later);
  await jest.advanceTimersByTimeAsync(1_000);
  expect([state.looks, last()]).toEqual([1, ['build: 3 in 2']]);
  await jest.advanceTimersByTimeAsync(9_500);
  expect([state.looks, last()]).toEqual([2, ['build: 4 in 2']]);
  entry.take({ type: 'processExited', token: entry.token, pid: process.pid });
  close(later);
  await jest.advanceTimersByTimeAsync(1_000);
  expect([state.looks, last()?.[0]]).toEqual([2, 'build: 2 in 1']);
  close(entry);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(last()?.filter((line) => !line.endsWith(': 0 in 0'))).toEqual([]);
  expect(jest.getTimerCount()).toBe(0);
});

test('memory and processor time are those of the processes', async () => {
  const { reports, open, start, looks } = bench();
  start(open('build', [own]));
  await jest.advanceTimersByTimeAsync(1_000);
  const [usage] = reports.at(-1) as TypeUsage[];
  expect((usage.memoryBytes as number) / process.memoryUsage.rss()).toBeCloseTo(1, 0);
  expect(usage.cpuMs).toBeGreaterThan(0);
  looks.stop();
});

test('where a look takes long, looks come less often', async () => {
  const { state, open, start } = bench({ findMs: 200 });
  start(open('build', [own]));
  await jest.advanceTimersByTimeAsync(20_000);
  expect(state.looks).toBe(1);
  await jest.advanceTimersByTimeAsync(2_000);
  expect(state.looks).toBe(2);
});

test('the time of an enclosure is counted to its end, and once', async () => {
  const { state, reports, open, start, close } = bench();
  const entry = open('build', [own]);
  state.enclosureMs = 70.6;
  start(entry);
  await jest.advanceTimersByTimeAsync(1_000);
  state.enclosureMs = 100.5;
  close(entry);
  await jest.advanceTimersByTimeAsync(1_000);
  expect(reports.flat().reduce((sum, { cpuMs = 0 }) => sum + cpuMs, 0)).toBe(100);
});

test('what a crashed reaper has counted is not counted again', async () => {
  const { state, reports, open, start } = bench({ beganTicks: String(Number(ownStartTicks()) + 10_000_000) });
  state.enclosureMs = 100;
  start(open('build', [own]));
  await jest.advanceTimersByTimeAsync(1_000);
  state.enclosureMs = 130;
  await jest.advanceTimersByTimeAsync(11_000);
  expect(reports.flat().reduce((sum, { cpuMs = 0 }) => sum + cpuMs, 0)).toBe(30);
});

test('a reaper that stops leaves no series', async () => {
  const { looks, open, start, last } = bench();
  start(open('build', [own]));
  await jest.advanceTimersByTimeAsync(1_000);
  looks.stop();
  expect(last()?.filter((line) => !line.endsWith(': 0 in 0'))).toEqual([]);
  expect(jest.getTimerCount()).toBe(0);
});
