import type { Containment, LevelKill } from '../../../../src/process/containment/level';
import { escalateKill } from '../../../../src/process/kill/escalate';
import type { KillTarget } from '../../../../src/process/kill/kill-target';
import { SharedLook } from '../../../../src/process/table/shared-look';
import { systemTable } from '../../../../src/process/table/system-table';

const target: KillTarget = { roots: () => [], groups: () => [], sinceTicks: '', spawning: () => false };
const escalation = { signal: 'SIGTERM', graceMs: 20, settleMs: 100 } as const;

/** A level that finds no process, and whose enclosure says what it is told to. */
function level(hold?: Partial<LevelKill>): { containment: Containment; kills: () => number; ends: () => number } {
  let [kills, ends] = [0, 0];
  const whole: LevelKill = {
    observe: () => undefined,
    kill: () => void kills++,
    isPopulated: false,
    proof: 'kernel',
    end: () => void ends++,
    ...hold,
  };
  const containment: Containment = {
    level: 'cgroup',
    proof: 'scan',
    reason: '',
    table: systemTable(),
    find: () => Promise.resolve([]),
    beginKill: () => (hold ? whole : undefined),
  };
  return { containment, kills: () => kills, ends: () => ends };
}

const kill = (containment: Containment) =>
  escalateKill(containment, new SharedLook(containment.table), target, escalation);

test('without an enclosure the level says what stands behind an empty look', async () => {
  const { containment } = level();
  expect(await kill(containment)).toMatchObject({ proof: 'scan', processes: [] });
});

test('with one, it says so; an empty one is not killed', async () => {
  const { containment, kills, ends } = level({});
  expect(await kill(containment)).toMatchObject({ proof: 'kernel', processes: [] });
  expect([kills(), ends()]).toEqual([0, 1]);
});

test('an enclosure in which something lives that no look shows is killed, and that is a survivor', async () => {
  const { containment, kills, ends } = level({ isPopulated: true, proof: 'scan' });
  const report = await kill(containment);
  expect(report).toMatchObject({ proof: 'scan', processes: [{ pid: 0, fate: 'survived' }] });
  expect(kills()).toBeGreaterThan(0);
  expect(ends()).toBe(1);
  expect(report.durationMs).toBeGreaterThanOrEqual(escalation.settleMs);
});

test('one that does not say whether anything lives in it holds up nothing', async () => {
  const { containment, kills } = level({ isPopulated: undefined, proof: 'scan' });
  expect(await kill(containment)).toMatchObject({ processes: [] });
  expect(kills()).toBe(0);
});
