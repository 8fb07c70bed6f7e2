import {
  formatIdentity,
  hostTaskQueue,
  isReaperTaskQueue,
  parseIdentity,
  workerTaskQueue,
} from '../../../src/contract/task-queues';

const here = { hostId: 'build-7.example:1', workerPid: 4711 };

test.each([
  [undefined, '4711@build-7.example:1'],
  ['', '4711@build-7.example:1'],
  ['4711@build-7.example:1', '4711@build-7.example:1'],
  ['build farm', 'build farm 4711@build-7.example:1'],
  ['build farm 4711@build-7.example:1', 'build farm 4711@build-7.example:1'],
  ['9@elsewhere', '9@elsewhere 4711@build-7.example:1'],
])('identity %p becomes %p, and is read back', (own, identity) => {
  expect(formatIdentity(own, here)).toBe(identity);
  expect(parseIdentity(identity)).toEqual(here);
});

test.each([
  undefined,
  null,
  '',
  'worker',
  '@host',
  'x@host',
  '12@',
  '12@ho st',
  '12@-host',
  '12@host ',
  'a12@host',
  '12345678901@host',
])('identity %p names no location', (identity) => expect(parseIdentity(identity)).toBeUndefined());

test.each(['', '-a', 'a b', 'a/b', 'a@b', 'ä', 'a'.repeat(201), 7, undefined])('%p is not a host id', (hostId) => {
  expect(() => hostTaskQueue(hostId as string)).toThrow(expect.objectContaining({ code: 'HOST_ID_INVALID' }) as Error);
  expect(() => hostTaskQueue(hostId as string)).toThrow(/Set the option hostId/);
});

test('task queues are told from those of users', () => {
  expect([hostTaskQueue('h'), workerTaskQueue(here), 'temporal-reaper'].map(isReaperTaskQueue)).toEqual([
    true,
    true,
    true,
  ]);
  expect(['temporal-reaper-2', 'orders', 'x/temporal-reaper'].map(isReaperTaskQueue)).toEqual([false, false, false]);
});
