import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cancelWorkflowRequest } from '../../../src/client/control-requests';
import { DEFAULT_ESCALATION, type Escalation } from '../../../src/contract/escalation';
import {
  KILL_TIMEOUTS,
  REACH_MS,
  SILENCE_MS,
  afterGrace,
  graceUsedMs,
  longestKillMs,
} from '../../../src/contract/kill-timeouts';

const escalations: Escalation[] = [
  DEFAULT_ESCALATION,
  { signal: 'SIGTERM', graceMs: 0, settleMs: 100 },
  { signal: 'SIGTERM', graceMs: 3_600_000, settleMs: 600_000 },
];

/** Every course of a kill whose first worker falls silent, and whose second one uses all that it may. */
function* courses({ graceMs, settleMs }: Escalation) {
  const whole = graceMs + settleMs;
  for (const untakenMs of [0, REACH_MS / 2, REACH_MS]) {
    for (const workedMs of [0, graceMs / 3, graceMs, whole]) {
      for (const untakenAgainMs of [0, REACH_MS]) yield { untakenMs, workedMs, untakenAgainMs };
    }
  }
}

describe.each(escalations)('grace $graceMs, settle $settleMs', (escalation) => {
  const { graceMs, settleMs } = escalation;

  test('no course of a kill takes longer than the bound, and one takes as long', () => {
    const taken: number[] = [];
    for (const { untakenMs, workedMs, untakenAgainMs } of courses(escalation)) {
      const elapsedMs = untakenMs + workedMs + SILENCE_MS;
      const rest = afterGrace(escalation, graceUsedMs(elapsedMs));
      taken.push(elapsedMs + untakenAgainMs + rest.graceMs + rest.settleMs + SILENCE_MS);
    }
    expect(Math.max(...taken)).toBe(longestKillMs(escalation));
  });

  test('together the workers of a host give processes no less than their grace', () => {
    for (const { untakenMs, workedMs } of courses(escalation)) {
      const rest = afterGrace(escalation, graceUsedMs(untakenMs + workedMs + SILENCE_MS));
      expect(workedMs + SILENCE_MS + rest.graceMs).toBeGreaterThanOrEqual(graceMs);
    }
  });

  test('a request that nobody took has used no grace, so that a dead worker costs its 4 s alone', () => {
    expect(afterGrace(escalation, graceUsedMs(REACH_MS))).toEqual(escalation);
  });

  test('a client waits for longer than that', () => {
    const argument = { workflowId: 'w', runId: 'r', reason: 'why', escalation };
    const { waitMs } = cancelWorkflowRequest(argument, { identity: 'tester' });
    expect(waitMs).toBeGreaterThan(longestKillMs({ graceMs, settleMs }));
  });
});

test('the timeouts of the activities are those of the bound, and the docs say it', () => {
  expect(KILL_TIMEOUTS).toMatchObject({ scheduleToStartTimeout: REACH_MS, heartbeatTimeout: SILENCE_MS });
  const page = readFileSync(resolve(__dirname, '../../../docs/what-happens-when.md'), 'utf8').replace(/\s+/g, ' ');
  expect(page).toContain(`within ${(2 * REACH_MS) / 1000} s where nobody on the host answers`);
  expect(page).toContain(`within ${longestKillMs(DEFAULT_ESCALATION) / 1000} s whatever its workers do`);
});
