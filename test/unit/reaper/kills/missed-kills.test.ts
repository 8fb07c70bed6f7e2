import { MissedKills } from '../../../../src/reaper/kills/missed-kills';

const attempt = { namespace: 'n', workflowId: 'w', runId: 'r', activityId: 'a', attempt: 2 };
const options = { then: 'cancel', reason: 'it is cancelled' } as const;

test('a kill that came before its attempt was known is handed out once', () => {
  const missed = new MissedKills();
  missed.add(attempt, options);
  expect(missed.take({ ...attempt })).toEqual(options);
  expect(missed.take(attempt)).toBeUndefined();
});

test.each([
  { attempt: 1 },
  { attempt: 3 },
  { runId: 'x' },
  { activityId: 'b' },
  { namespace: 'm' },
  { workflowId: 'v' },
])('not to another attempt: %j', (other) => {
  const missed = new MissedKills();
  missed.add(attempt, options);
  expect(missed.take({ ...attempt, ...other })).toBeUndefined();
  expect(missed.take(attempt)).toEqual(options);
});

describe('in time', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test.each([
    [9_999, options],
    [10_000, undefined],
  ])('after %d ms', (ms, expected) => {
    const missed = new MissedKills();
    missed.add(attempt, options);
    jest.advanceTimersByTime(ms);
    missed.add({ ...attempt, activityId: 'b' }, options);
    expect(missed.take(attempt)).toEqual(expected);
  });
});
