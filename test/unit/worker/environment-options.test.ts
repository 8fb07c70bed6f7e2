import { mergeOptions, optionsFromEnvironment } from '../../../src/worker/environment-options';

test('each option has a variable, and the whole has one as JSON', () => {
  const env = {
    TEMPORAL_REAPER_OPTIONS: '{"hostId":"json","fence":"off","escalation":{"graceMs":1000,"activities":{"a":{}}}}',
    TEMPORAL_REAPER_HOST_ID: 'single',
    TEMPORAL_REAPER_CONTAINMENT: 'scan',
    TEMPORAL_REAPER_LEFTOVERS: 'kill',
    TEMPORAL_REAPER_OWN_SESSION: 'false',
    TEMPORAL_REAPER_NEVER_TRACK: 'esbuild, /usr/bin/ssh,',
    TEMPORAL_REAPER_GUARDIAN: 'true',
    TEMPORAL_REAPER_CONTROL: 'false',
    TEMPORAL_REAPER_WORKFLOW_INTERCEPTOR: 'replay-only',
    TEMPORAL_REAPER_ESCALATION_SIGNAL: 'SIGINT',
    TEMPORAL_REAPER_ESCALATION_GRACE_MS: '5s',
    TEMPORAL_REAPER_ESCALATION_SETTLE_MS: '2000',
    TEMPORAL_REAPER_WATCH_INTERVAL_MS: '3s',
    TEMPORAL_REAPER_WATCH_EVERY_ACTIVITY: 'false',
    TEMPORAL_REAPER_WATCH: 'true',
  };
  expect(optionsFromEnvironment(env)).toEqual({
    hostId: 'single',
    containment: 'scan',
    leftovers: 'kill',
    ownSession: false,
    fence: 'off',
    neverTrack: ['esbuild', '/usr/bin/ssh'],
    guardian: true,
    control: false,
    workflowInterceptor: 'replay-only',
    escalation: { signal: 'SIGINT', graceMs: '5s', settleMs: '2000', activities: { a: {} } },
    watch: { intervalMs: '3s', everyActivity: false },
  });
});

test('the watch can be switched off, whatever else is said of it', () => {
  const env = { TEMPORAL_REAPER_WATCH: 'false', TEMPORAL_REAPER_WATCH_INTERVAL_MS: '3s' };
  expect(optionsFromEnvironment(env)).toEqual({ watch: false });
});

test('an empty variable counts as unset', () => {
  expect(optionsFromEnvironment({ TEMPORAL_REAPER_FENCE: '', TEMPORAL_REAPER_OPTIONS: '' })).toEqual({});
});

test.each([
  ['TEMPORAL_REAPER_FENCE', 'never', 'OPTION_INVALID', /^TEMPORAL_REAPER_FENCE: fence is "never": one of host/],
  ['TEMPORAL_REAPER_GUARDIAN', 'no', 'OPTION_INVALID', /^TEMPORAL_REAPER_GUARDIAN: guardian is "no": true or false/],
  ['TEMPORAL_REAPER_HOST_ID', 'a/b', 'HOST_ID_INVALID', /^TEMPORAL_REAPER_HOST_ID: /],
  ['TEMPORAL_REAPER_ESCALATION_GRACE_MS', 'soon', 'OPTION_INVALID', /^TEMPORAL_REAPER_ESCALATION_GRACE_MS: /],
  ['TEMPORAL_REAPER_OPTIONS', '{', 'OPTION_INVALID', /^TEMPORAL_REAPER_OPTIONS is not JSON/],
  ['TEMPORAL_REAPER_OPTIONS', '{"connection":{}}', 'OPTION_INVALID', /has connection, which only code can set/],
  ['TEMPORAL_REAPER_OPTIONS', '{"escalation":{"activities":null}}', 'OPTION_INVALID', /activities must be an object/],
  ['TEMPORAL_REAPER_OPTIONS', '[]', 'OPTION_INVALID', /^TEMPORAL_REAPER_OPTIONS: .*must be an object/],
])('%s=%s is refused by its name', (name, value, code, message) => {
  const read = (): unknown => optionsFromEnvironment({ [name]: value });
  expect(read).toThrow(message);
  expect(read).toThrow(expect.objectContaining({ code }) as Error);
});

test('a mistyped variable is warned of, once; markers and what Kubernetes makes of a Service are not ours', () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const env = {
    TEMPORAL_REAPER_HOSTID: 'h',
    TEMPORAL_REAPER_SERVICE_HOST: '10.0.0.1',
    TEMPORAL_REAPER_PORT: 'tcp://10.0.0.1:80',
    TEMPORAL_REAPER_0123456789abcdef0123456789abcdef: '1:h:1:1:1',
  };
  expect([optionsFromEnvironment(env), optionsFromEnvironment(env)]).toEqual([{}, {}]);
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/no option TEMPORAL_REAPER_HOSTID; there are .*_HOST_ID/)]]);
  warn.mockRestore();
});

test('what code says wins, field by field where options have fields', () => {
  const under = {
    hostId: 'env',
    fence: 'off' as const,
    escalation: { graceMs: '5s' as const, signal: 'SIGINT' as const },
  };
  expect(mergeOptions(under, { hostId: 'code', fence: undefined, escalation: { graceMs: 1 } })).toEqual({
    hostId: 'code',
    fence: 'off',
    escalation: { graceMs: 1, signal: 'SIGINT' },
  });
  expect(mergeOptions({ watch: { intervalMs: 200 } }, { watch: false })).toEqual({ watch: false });
  const unset = { escalation: { graceMs: undefined } };
  expect(mergeOptions(under, unset)).toEqual(under);
  const inherited = Object.create({ fence: 'cluster' }, { hostId: { get: () => 'getter' } }) as object;
  expect(mergeOptions(under, inherited)).toMatchObject({ fence: 'cluster', hostId: 'getter' });
});

test.each(['text', null, []])('options that are no object (%j) are left to be refused', (options) => {
  expect(mergeOptions({ hostId: 'env' }, options as never)).toBe(options);
});
