import { UNLIMITED } from '../../../../src/process/native/lock-limit';
import { ATTEMPTS, CALLS, NOBODY, Tags } from '../../../../src/process/subreaper/tags';

const worker = { workerPid: 4711, workerStartTicks: '123456' };
const tags = new Tags(worker);

test.each([
  { attempt: NOBODY, call: 0 },
  { attempt: 1, call: 0 },
  { attempt: ATTEMPTS - 1, call: CALLS - 1 },
])('what is formatted is read back: %j', (tag) => {
  expect(tags.parse(tags.format(tag))).toEqual(tag);
});

test('a tag is positive, also to programs that read a limit as a signed number', () => {
  const highest = tags.format({ attempt: ATTEMPTS - 1, call: CALLS - 1 });
  expect(BigInt.asIntN(64, highest)).toBeGreaterThan(0n);
});

test.each([0n, 1n, 1024n, UNLIMITED, 2n ** 62n, 2n ** 63n - 1n])('an ordinary limit is no tag: %s', (limit) => {
  expect(tags.parse(limit)).toBeUndefined();
});

test.each([
  { ...worker, workerPid: 4712 },
  { ...worker, workerStartTicks: '123457' },
])("another worker's is none of ours: %j", (other) => {
  expect(tags.parse(new Tags(other).format({ attempt: 1, call: 1 }))).toBeUndefined();
});

test('whoever knows the worker can compute its tags, whatever host id its reapers have', () => {
  const tag = { attempt: 5, call: 6 };
  expect(new Tags({ ...worker }).parse(tags.format(tag))).toEqual(tag);
});
