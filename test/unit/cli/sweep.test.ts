import pc from 'picocolors';
import { orphanCheck } from '../../../src/cli/doctor/local-checks';
import { renderSweep, type SweepOutcome } from '../../../src/cli/render/sweep';

const nothing: SweepOutcome = { hostId: 'h', level: 'scan', dryRun: false, attempts: [], ofOtherUsers: [] };
const render = (outcome: SweepOutcome): string => renderSweep(outcome, pc.createColors(false));

test('a sweep that has found nothing says so, and nothing more', () => {
  expect(render(nothing)).toBe('Dead workers have left nothing on h.');
});

test('it names what it has left alone, since only its user says that it is an attempt’s', () => {
  const ofOtherUsers = [
    { pid: 7, name: 'sleep', uid: 1000 },
    { pid: 8, name: 'sleep', uid: 1000 },
  ];
  expect(render({ ...nothing, ofOtherUsers })).toContain('Left alone: 2 processes of user 1000');
});

describe('doctor', () => {
  const facts = { hostId: 'h', user: '0 (root)', seesAll: true, level: 'scan' as const, reason: '', orphans: [] };

  test('is content where nothing is left', () => {
    expect(orphanCheck({ ...facts, doubted: 0 })).toMatchObject({ status: 'ok', found: 'none' });
  });

  test('warns of what another user says is left', () => {
    const { status, found, remedy } = orphanCheck({ ...facts, doubted: 2 });
    expect({ status, found }).toEqual({ status: 'warn', found: 'none of this user, but 2 processes of others may be' });
    expect(remedy).toContain('as the user of the workers');
  });
});
