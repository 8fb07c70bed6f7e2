import { UNLIMITED_LOCKS } from '../../../../../src/process/native/lock-limit';
import { NO_ATTEMPT, AttemptTags } from '../../../../../src/process/containment/subreaper/tags';

const worker = { workerPid: 4711, workerStartTicks: '123456' };
const tags = new AttemptTags(worker);

const HIGHEST = 2 ** 34 - 1;

test.each([NO_ATTEMPT, 1, HIGHEST])('what is formatted is read back: %d', (attempt) => {
  expect(tags.parse(tags.format(attempt))).toBe(attempt);
});

test('a tag is positive, also to programs that read a limit as a signed number', () => {
  expect(BigInt.asIntN(64, tags.format(HIGHEST))).toBeGreaterThan(0n);
});

test.each([0n, 1n, 1024n, UNLIMITED_LOCKS, 2n ** 62n, 2n ** 63n - 1n])('an ordinary limit is no tag: %s', (limit) => {
  expect(tags.parse(limit)).toBeUndefined();
});

test.each([
  { ...worker, workerPid: 4712 },
  { ...worker, workerStartTicks: '123457' },
])("another worker's is none of ours: %j", (other) => {
  expect(tags.parse(new AttemptTags(other).format(1))).toBeUndefined();
});

test('whoever knows the worker can compute its tags, whatever host id its reapers have', () => {
  expect(new AttemptTags({ ...worker }).parse(tags.format(5))).toBe(5);
});
