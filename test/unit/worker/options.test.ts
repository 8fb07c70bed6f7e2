import { resolveOptions } from '../../../src/worker/options';

test('defaults', () => {
  expect(resolveOptions({ hostId: 'h' })).toMatchObject({
    hostId: 'h',
    containment: 'auto',
    leftovers: 'warn',
    ownSession: true,
    fence: 'host',
    control: true,
    watchIntervalMs: 1_000,
    watchesEveryActivity: true,
    workflowInterceptor: true,
  });
  expect(resolveOptions().hostId).toMatch(/^[A-Za-z0-9]/);
});

test('an activity type overrides what it names, and takes the rest from the base', () => {
  const { escalations } = resolveOptions({
    escalation: { graceMs: '3s', settleMs: '1s', activities: { build: { graceMs: '1m' } } },
  });
  expect(escalations.get('build')).toEqual({ signal: 'SIGTERM', graceMs: 60_000, settleMs: 1_000 });
});

test.each<[string, object, string, RegExp]>([
  ['an unknown option', { hostID: 'h' }, 'OPTION_INVALID', /no option "hostID"; there are hostId, /],
  ['no object', [] as object, 'OPTION_INVALID', /must be an object/],
  ['a bad host', { hostId: 'no/host' }, 'HOST_ID_INVALID', /Set the option hostId/],
  ['an empty host', { hostId: '' }, 'HOST_ID_INVALID', /Set the option hostId/],
  ['containment', { containment: 'docker' }, 'OPTION_INVALID', /containment is "docker": one of auto, cgroup/],
  ['leftovers', { leftovers: 'ignore' }, 'OPTION_INVALID', /one of warn, leave, kill/],
  ['fence', { fence: true }, 'OPTION_INVALID', /fence is true: one of host, cluster, off/],
  ['neverTrack', { neverTrack: 'esbuild' }, 'OPTION_INVALID', /neverTrack is "esbuild": it must be a list/],
  ['a relative path in neverTrack', { neverTrack: ['bin/ssh'] }, 'OPTION_INVALID', /absolute paths/],
  ['a tracer that is none', { tracer: { startSpan: 1 } }, 'OPTION_INVALID', /tracer is not OpenTelemetry's/],
  ['no tracer at all', { tracer: null }, 'OPTION_INVALID', /tracer is not OpenTelemetry's/],
  ['ownSession', { ownSession: 'no' }, 'OPTION_INVALID', /ownSession is "no": true or false/],
  ['control', { control: 1 }, 'OPTION_INVALID', /control is 1: true or false/],
  ['workflowInterceptor', { workflowInterceptor: 'x' }, 'OPTION_INVALID', /workflowInterceptor/],
  ['watch', { watch: true }, 'OPTION_INVALID', /watch must be an object/],
  ['watch interval', { watch: { intervalMs: '10ms' } }, 'OPTION_INVALID', /watch.intervalMs is "10ms".*from 100/],
  ['watch switch', { watch: { everyActivity: 1 } }, 'OPTION_INVALID', /watch.everyActivity is 1/],
  ['watch option', { watch: { every: 1 } }, 'OPTION_INVALID', /watch has no option "every"/],
  ['escalation', { escalation: { graceMs: '2h' } }, 'OPTION_INVALID', /escalation.graceMs is "2h"/],
  ['escalation by type', { escalation: { activities: { a: { grace: 1 } } } }, 'OPTION_INVALID', /no option "grace"/],
  ['no escalation', { escalation: '5s' }, 'OPTION_INVALID', /escalation/],
  ['activities that are none', { escalation: { activities: 'all' } }, 'OPTION_INVALID', /activities/],
])('%s is refused, with a remedy', (_what, options, code, message) => {
  expect(() => resolveOptions(options as never)).toThrow(expect.objectContaining({ code }) as Error);
  expect(() => resolveOptions(options as never)).toThrow(message);
});
