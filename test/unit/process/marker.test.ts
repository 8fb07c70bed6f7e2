import {
  attemptKey,
  formatMarker,
  type AttemptMarker,
  MARKER_PREFIX,
  markerName,
  parseMarker,
} from '../../../src/process/marker';

const activity = { namespace: 'default', workflowId: 'order-42', runId: 'run-1', activityId: 'ship' };
const key = attemptKey(activity);
const marker: AttemptMarker = { key, hostId: 'host-1', workerPid: 4711, workerStartTicks: '123456', attempt: 2 };

test('the key is 32 hex digits, the same for the same activity and another for any other field', () => {
  expect(key).toMatch(/^[0-9a-f]{32}$/);
  expect(attemptKey({ ...activity })).toBe(key);
  const others = Object.keys(activity).map((field) => attemptKey({ ...activity, [field]: 'other' }));
  expect(new Set([key, ...others]).size).toBe(5);
});

test('the key does not depend on where one field ends and the next begins', () => {
  expect(attemptKey({ ...activity, workflowId: 'a', runId: 'bc' })).not.toBe(
    attemptKey({ ...activity, workflowId: 'ab', runId: 'c' }),
  );
});

test('a standalone activity has a key', () => {
  expect(attemptKey({ ...activity, workflowId: '' })).toMatch(/^[0-9a-f]{32}$/);
});

test.each(['host-1', 'host:with:colons', '[::1]', 'h:1', '1:2:3:4'])('host id %s is read back', (hostId) => {
  const written = { ...marker, hostId };
  expect(parseMarker(markerName(key), formatMarker(written))).toEqual(written);
});

test('unknown start ticks are read back', () => {
  const written = { ...marker, workerStartTicks: '' };
  expect(parseMarker(markerName(key), formatMarker(written))).toEqual(written);
});

test('the value has the published form', () => expect(formatMarker(marker)).toBe('1:host-1:4711:123456:2'));

test.each([
  ['another name', 'PATH', formatMarker(marker)],
  ['a name that only ends in ours', `X${markerName(key)}`, formatMarker(marker)],
  ['a longer key', `${markerName(key)}0`, formatMarker(marker)],
  ['no key', MARKER_PREFIX, formatMarker(marker)],
  ['a later format', markerName(key), '2:host-1:4711:123456:2'],
  ['an empty value', markerName(key), ''],
  ['no host', markerName(key), '1::4711:123456:2'],
  ['attempt 0', markerName(key), '1:host-1:4711:123456:0'],
  ['a pid that is none', markerName(key), '1:host-1:-1:123456:2'],
  ['a field too few', markerName(key), '1:4711:123456:2'],
])('%s is not a marker', (_what, name, value) => expect(parseMarker(name, value)).toBeUndefined());
