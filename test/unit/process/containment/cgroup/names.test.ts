import { isAttemptOf } from '../../../../../src/process/containment/cgroup/find-directories';
import { attemptName, markerOf, workerName, workerOf } from '../../../../../src/process/containment/cgroup/names';

const key = '0123456789abcdef'.repeat(2);
const workers = [
  { hostId: 'host', workerPid: 7, workerStartTicks: '99' },
  { hostId: 'a:b.c-4026532000', workerPid: 4_000_000, workerStartTicks: '' },
];

test.each(workers)('the names of a worker and of an attempt tell whose they are: %j', (worker) => {
  const name = workerName(worker);
  expect(workerOf(name)).toEqual(worker);
  expect(markerOf(name, attemptName({ key, attempt: 12 }, 3))).toEqual({ key, attempt: 12, ...worker });
});

test.each([
  ['temporal-reaper:h:7:9', 'x'],
  ['temporal-reaper:h:7:9', `${key}:0:1`],
  ['temporal-reaper:h:7:9', `${key}:1`],
  ['temporal-reaper:h:7:9', `${key.slice(1)}:1:1`],
  ['temporal-reaper:h:7:9', `${key}:1:1/..`],
  ['temporal-reaper:h:0:9', `${key}:1:1`],
  ['temporal-reaper:h', `${key}:1:1`],
  ['temporal-reaper', `${key}:1:1`],
  ['user.slice', `${key}:1:1`],
])('%s/%s is nobody of ours', (worker, attempt) => expect(markerOf(worker, attempt)).toBeUndefined());

const worker = '/sys/fs/cgroup/temporal-reaper:h:7:9';

test('an attempt is right below its worker', () => expect(isAttemptOf(worker, `${worker}/${key}:1:1`)).toBe(true));

test.each([
  worker,
  `${worker}/`,
  `${worker}/..`,
  `${worker}/../${key}:1:1`,
  `${worker}//${key}:1:1`,
  `${worker}/${key}:1:1/`,
  `${worker}/${key}:1:1/..`,
  `${worker}/${key}:1:1/1`,
  `${worker}/other`,
  `/sys/fs/cgroup/temporal-reaper:h:8:9/${key}:1:1`,
  '/',
  '',
])('%j is none', (directory) => expect(isAttemptOf(worker, directory)).toBe(false));
