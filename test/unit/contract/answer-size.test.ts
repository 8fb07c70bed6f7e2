import {
  MAX_ANSWER_BYTES,
  MAX_OUTCOME_BYTES,
  answerLimit,
  attemptsOf,
  fitKillHosts,
  fitKills,
  fitList,
  fitListOutcome,
  fitOutcome,
  processesOf,
} from '../../../src/contract/answer-size';
import type { AttemptKill, KillResult, ListResult } from '../../../src/contract/host-requests';
import { type Fate, deathsOf, fatesOf, survivalsOf } from '../../../src/contract/kill-report';
import { type CancelOutcome, type HostOutcome, aliveOn, deadOn, isIncomplete } from '../../../src/contract/outcomes';

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

function attempt(number: number) {
  const ids = { namespace: 'default', workflowId: `workflow ${number}`, runId: '0'.repeat(36) };
  return { ...ids, activityId: `${number}`, attempt: 1 };
}

const info = (pid: number) => ({ pid, startTicks: '123456789', ppid: 1, pgid: pid, sid: pid, name: 'größe-Größe-ß' });

const usage = { startedAt: 1_796_000_000_000, cpuMs: 123_456_780, memoryBytes: 12_345_678_848 };

function listOf(attempts: number, processes: number, hostId = 'host'): ListResult {
  return {
    hostId,
    workerPid: 1,
    level: 'scan',
    levelReason: '',
    form: 'thread',
    version: '1',
    listedAt: 1_796_000_000_000,
    attempts: Array.from({ length: attempts }, (_, index) => ({
      attempt: attempt(index),
      activityType: 'run',
      openedAt: 0,
      closing: false,
      processes: Array.from({ length: processes }, (_, pid) => ({ ...info(pid), ...usage, state: 'S' })),
    })),
  };
}

function killOf(number: number, fates: Partial<Record<Fate, number>>): AttemptKill {
  const processes = Object.entries(fates).flatMap(([fate, count]) =>
    Array.from({ length: count }, (_, pid) => ({ ...info(pid), fate: fate as Fate })),
  );
  const report = { level: 'scan', proof: 'scan', startedAt: 0, durationMs: 1, looks: 1, processes } as const;
  return { attempt: attempt(number), report };
}

function answered<Result>(result: Result, workerPid = 1): HostOutcome<Result> {
  return { hostId: 'host', workerPid, status: 'answered', result };
}

const outcomeOf = (hosts: HostOutcome<KillResult>[]): CancelOutcome => ({
  cancel: 'none',
  hosts,
  unguarded: [],
  unreached: [],
  requestedAt: 0,
});

test('what fits stays as it is', () => {
  const list = listOf(3, 4);
  expect(fitList(list)).toBe(list);
  const kills = { hostId: 'host', workerPid: 1, kills: [killOf(1, { exited: 3, survived: 1 })] };
  expect(fitKills(kills)).toBe(kills);
  const outcome = outcomeOf([answered(kills)]);
  expect(fitOutcome(outcome)).toBe(outcome);
});

test.each([
  [1, 20_000],
  [5_000, 4],
  [20_000, 0],
])('a list of %i attempts with %i processes each fits, and counts all', (attempts, processes) => {
  for (const maxBytes of [MAX_ANSWER_BYTES, 4_096]) {
    const list = fitList(listOf(attempts, processes), maxBytes);
    expect(bytes(list)).toBeLessThanOrEqual(maxBytes);
    expect(bytes(list)).toBeGreaterThan(maxBytes * 0.8);
    expect([attemptsOf(list), processesOf(list)]).toEqual([attempts, attempts * processes]);
    const again = fitList(list, 2_048);
    expect(bytes(again)).toBeLessThanOrEqual(2_048);
    expect([attemptsOf(again), processesOf(again)]).toEqual([attempts, attempts * processes]);
  }
});

test('doubted processes, which anybody can start, take the room of none that was killed', () => {
  const kills = Array.from({ length: 4 }, (_, number) => killOf(number, { killed: 3 }));
  const doubted = Array.from({ length: 10 }, (_, pid) => ({ pid, name: 'forged', uid: 65_534 }));
  const result = { hostId: 'host', workerPid: 1, kills };
  const forged = { ...result, kills: kills.map((kill) => ({ ...kill, report: { ...kill.report, doubted } })) };
  expect(fitKills(forged)).toBe(forged);
  expect(fitKills(forged, bytes(result))).toEqual(result);
});

test('an attempt with many processes leaves room for the others', () => {
  const list = listOf(3, 2);
  list.attempts[0].processes = listOf(1, 20_000).attempts[0].processes;
  const [, second, third] = fitList(list, 8_192).attempts;
  expect([second.processes.length, third.processes.length]).toEqual([2, 2]);
});

test('kills: who survived is listed before who died, and every fate is counted', () => {
  const kills = [killOf(0, { exited: 10_000 }), killOf(1, { killed: 5_000, survived: 7, denied: 2 })];
  const fitted = fitKills({ hostId: 'host', workerPid: 1, kills }, 8_192);
  expect(bytes(fitted)).toBeLessThanOrEqual(8_192);
  expect(fitted.kills.map(({ attempt: { activityId } }) => activityId)).toEqual(['1', '0']);
  const [{ report }, other] = fitted.kills;
  expect(report.processes.filter(({ fate }) => fate === 'survived')).toHaveLength(7);
  expect(fatesOf(report)).toEqual({ exited: 0, killed: 5_000, survived: 7, denied: 2 });
  expect([deathsOf(report), survivalsOf(report), deathsOf(other.report)]).toEqual([5_000, 9, 10_000]);
});

test('kills of more attempts than fit: those with survivors are kept, the others counted', () => {
  const kills = Array.from({ length: 3_000 }, (_, index) =>
    killOf(index, index === 2_999 ? { denied: 1 } : { exited: 2 }),
  );
  const host = answered(fitKills({ hostId: 'host', workerPid: 1, kills }, 4_096));
  expect(bytes(host.result)).toBeLessThanOrEqual(4_096);
  expect(host.result?.kills[0].attempt.activityId).toBe('2999');
  expect([deadOn(host), aliveOn(host)]).toEqual([5_998, 1]);
  expect(isIncomplete(outcomeOf([host]))).toBe(true);
});

test('200 workers with 100 processes each: every worker is listed, small answers whole', () => {
  const hosts = Array.from({ length: 200 }, (_, pid) => answered(fitList(listOf(1, 100), answerLimit(200)), pid));
  hosts[7] = answered(listOf(1, 20_000), 7);
  hosts[8] = answered(listOf(1, 3), 8);
  const outcome = fitListOutcome({ hosts });
  expect(bytes(outcome)).toBeLessThanOrEqual(MAX_OUTCOME_BYTES);
  expect(outcome.omitted).toBeUndefined();
  expect(outcome.hosts).toHaveLength(200);
  expect(outcome.hosts[8]).toBe(hosts[8]);
  expect(outcome.hosts.flatMap(({ result }) => (result ? processesOf(result) : []))).toEqual(
    hosts.flatMap(({ result }) => (result ? processesOf(result) : [])),
  );
});

test('more workers than fit: silent ones and those with survivors are kept, the others counted', () => {
  const hosts = Array.from({ length: 20_000 }, (_, pid) =>
    answered<KillResult>({ hostId: 'host', workerPid: pid, kills: [killOf(pid, { exited: 1 })] }, pid),
  );
  hosts[19_998] = { hostId: 'host', workerPid: 19_998, status: 'unreachable' };
  hosts[19_999] = answered({ hostId: 'host', workerPid: 1, kills: [killOf(1, { survived: 1 })] }, 19_999);
  const unreached = Array.from({ length: 5_000 }, (_, index) => `activity ${index} ${'x'.repeat(900)}`);
  const outcome = fitOutcome({ ...outcomeOf(hosts), unreached });
  expect(bytes(outcome)).toBeLessThanOrEqual(MAX_OUTCOME_BYTES);
  expect(outcome.hosts.map(({ workerPid }) => workerPid)).toEqual(expect.arrayContaining([19_998, 19_999]));
  const listed = outcome.hosts.reduce((sum, host) => sum + deadOn(host), 0);
  expect(listed + (outcome.omitted?.dead ?? 0)).toBe(19_998);
  expect(outcome.hosts.length + (outcome.omitted?.workers ?? 0)).toBe(20_000);
  expect(outcome.unreached.length + (outcome.omitted?.unreached ?? 0)).toBe(5_000);
  // A fence tells workers apart by their place.
  expect(fitKillHosts(hosts)).toHaveLength(20_000);
});
