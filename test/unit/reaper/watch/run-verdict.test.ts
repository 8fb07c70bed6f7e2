import { verdictOf } from '../../../../src/reaper/watch/run-verdict';

const attempt = { namespace: 'n', workflowId: 'w', runId: 'r', activityId: 'a', attempt: 2 };
const run = (status: number, pending?: object, more = {}) =>
  ({
    workflowExecutionInfo: { status },
    pendingActivities: pending ? [{ activityId: 'a', attempt: 2, state: 2, ...pending }] : [],
    ...more,
  }) as never;

test.each<[string, never, RegExp]>([
  ['an unknown run', undefined as never, /gone/],
  ['a completed run', run(2), /closed/],
  ['a terminated run', run(5, {}), /closed/],
  ['no such activity', run(1), /over/],
  ['a newer attempt', run(1, { attempt: 3 }), /attempt 3 follows/],
  ['a cancel', run(1, { state: 3 }), /cancel is requested/],
  ['a pause', run(1, { state: 4 }), /paused/],
  ['a requested pause', run(1, { state: 5 }), /paused/],
])('%s: over', (_what, description, reason) => {
  const verdict = verdictOf(attempt, description);
  expect(verdict).toMatchObject({ over: true });
  expect((verdict as { reason: string }).reason).toMatch(reason);
});

test('a running attempt goes on; a cancel that nobody has dealt with shows', () => {
  expect(verdictOf(attempt, run(1, {}))).toEqual({ over: false, cancelPending: false, isUndecided: false });
  const pending = { workflowExtendedInfo: { cancelRequested: true }, pendingWorkflowTask: {} };
  expect(verdictOf(attempt, run(1, {}, pending))).toEqual({ over: false, cancelPending: true, isUndecided: true });
  expect(verdictOf(attempt, run(1, {}, { pendingWorkflowTask: {} }))).toMatchObject({
    cancelPending: false,
    isUndecided: true,
  });
});
