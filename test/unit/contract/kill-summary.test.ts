import type { LocatedAttempt } from '../../../src/contract/control-requests';
import { killSummary } from '../../../src/contract/kill-summary';

function located(hostId: string | undefined, ...activityTypes: string[]): LocatedAttempt[] {
  return activityTypes.map((activityType, index) => ({
    attempt: { namespace: 'default', workflowId: 'w', runId: 'r', activityId: `${index}`, attempt: 1 },
    activityType,
    state: 'started',
    location: hostId === undefined ? undefined : { hostId, workerPid: 1 },
  }));
}

test('names the activities and their host, without the word that the UI shows before it', () => {
  expect(killSummary(located('host-a', 'compile', 'pack'))).toBe('compile, pack on host-a');
});

test('counts activities of the same type', () => {
  expect(killSummary(located('host-a', 'compile', 'pack', 'compile', 'compile'))).toBe('compile ×3, pack on host-a');
});

test('names no host when none is known', () => {
  expect(killSummary(located(undefined, 'compile'))).toBe('compile');
});

test.each(['a', 'é', '编', '🔥'])('stays below the 400 bytes that the server takes, with types of %s', (letter) => {
  const types = Array.from({ length: 50 }, (_, index) => letter.repeat(50 + index));
  const summary = killSummary(located('h'.repeat(200), ...types));
  expect(Buffer.byteLength(JSON.stringify(summary))).toBeLessThan(400);
  expect(summary).toContain('… on hhh');
});
