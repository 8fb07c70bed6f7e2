import { DEFAULT_ESCALATION, resolveEscalation } from '../../../src/contract/escalation';

test('defaults, and durations as numbers and as text', () => {
  expect(resolveEscalation()).toEqual(DEFAULT_ESCALATION);
  expect(resolveEscalation({ graceMs: '1m', settleMs: 250 })).toEqual({
    signal: 'SIGTERM',
    graceMs: 60_000,
    settleMs: 250,
  });
  expect(resolveEscalation({ signal: 'SIGINT' }, { signal: 'SIGTERM', graceMs: 1, settleMs: 100 })).toEqual({
    signal: 'SIGINT',
    graceMs: 1,
    settleMs: 100,
  });
  expect(resolveEscalation({ graceMs: 0, settleMs: 100 })).toMatchObject({ graceMs: 0 });
});

test.each<[string, object, RegExp]>([
  ['negative', { graceMs: -1 }, /graceMs is -1: give a duration from 0 to 3600000 ms/],
  ['absurd', { graceMs: '2h' }, /graceMs is "2h"/],
  ['not a number', { graceMs: NaN }, /graceMs/],
  ['infinite', { settleMs: Infinity }, /settleMs/],
  ['too short to settle', { settleMs: 99 }, /settleMs is 99: give a duration from 100/],
  ['no duration', { graceMs: 'soon' }, /"soon".*"25s"/],
  ['a signal that cannot end anything', { signal: 'SIGSTOP' }, /one of SIGTERM, SIGINT/],
  ['misspelt', { grace: 1 }, /no option "grace"/],
])('%s: OPTION_INVALID', (_what, options, message) => {
  expect(() => resolveEscalation(options as never)).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID' }) as Error,
  );
  expect(() => resolveEscalation(options as never)).toThrow(message);
});
