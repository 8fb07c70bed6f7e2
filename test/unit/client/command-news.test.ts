import { defaultPayloadConverter } from '@temporalio/common';
import { SeenOutput, commandEndIn, progressIn, unseenOf } from '../../../src/client/command-news';

const payload = (value: unknown) => defaultPayloadConverter.toPayload(value);

test.each([
  ['nothing has been seen', 'abc', 3, 0, 'abc', 0],
  ['all has been seen', 'abc', 3, 3, '', 0],
  ['a part has been seen', 'abcdef', 6, 4, 'ef', 0],
  ['the tail begins later than what has been seen', 'ef', 6, 2, 'ef', 2],
  ['a character of two bytes was seen in part', 'aü', 3, 2, '', 0],
  ['an older tail comes after a newer one', 'ab', 2, 5, '', 0],
  ['it is not UTF-8', 'hello\ufffd\ufffd\ufffd', 8, 0, 'hello\ufffd\ufffd\ufffd', 0],
  ['it is not UTF-8 and was seen in part', 'hello\ufffd\ufffd', 7, 3, 'lo\ufffd\ufffd', 0],
])('when %s', (_what, tail, total, seen, text, missedBytes) => {
  expect(unseenOf(tail, total, seen)).toEqual({ text, missedBytes });
});

test('the two outputs are counted apart, and anew after a retry', () => {
  const seen = new SeenOutput();
  const tails = { stdout: 'a', stderr: 'bc', stdoutBytes: 1, stderrBytes: 2 };
  const all = [
    { type: 'output', stream: 'stdout', text: 'a', missedBytes: 0 },
    { type: 'output', stream: 'stderr', text: 'bc', missedBytes: 0 },
  ];
  expect(seen.take(tails)).toEqual(all);
  expect(seen.take(tails)).toEqual([]);
  seen.reset();
  expect(seen.take(tails)).toEqual(all);
  seen.take({ stdout: 'a long one', stderr: '', stdoutBytes: 10, stderrBytes: 2 });
  expect(seen.take(tails)).toEqual(all); // of an attempt that nobody saw begin
});

describe('the end of an activity', () => {
  const result = {
    exitCode: 3,
    stdout: 'a',
    stderr: '',
    stdoutBytes: 1,
    stderrBytes: 0,
    truncated: false,
    durationMs: 5,
  };
  const kill = { level: 'cgroup', proof: 'kernel', durationMs: 1, exited: 1, killed: 0, survived: 0, denied: 0 };
  const of = (kind: 'completed' | 'failed' | 'cancelled' | 'timed-out', values: unknown[], failureType?: string) =>
    commandEndIn({ activityId: 'a', kind, payloads: values.map(payload), failureType, message: 'm' });

  test.each([
    ['completed', of('completed', [result]), { result, kill: undefined }],
    ['failed', of('failed', [result], 'COMMAND_FAILED'), { result, code: 'COMMAND_FAILED' }],
    ['killed', of('cancelled', [result, kill]), { result, kill }],
    ['without output', of('failed', [], 'COMMAND_NOT_FOUND'), { result: undefined, code: 'COMMAND_NOT_FOUND' }],
    ['timed out: a heartbeat is no result', of('timed-out', [result]), { result: undefined }],
  ])('%s', (how, command, expected) => {
    const kind = how.includes('timed') ? 'timed-out' : (expect.any(String) as string);
    expect(command?.end).toMatchObject({ type: 'end', how: kind, ...expected });
  });

  test('of another kind is none of a command', () => {
    expect(of('completed', ['done'])).toBeUndefined();
    expect(of('failed', [], 'Error')).toBeUndefined();
    expect(progressIn(payload({ step: 3 }))).toBeUndefined();
  });

  test('whose payload a codec has encoded is refused with what it is', () => {
    const encrypted = { metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.from('x') };
    const read = () => commandEndIn({ activityId: 'a', kind: 'completed', payloads: [encrypted] });
    expect(read).toThrow(expect.objectContaining({ code: 'PAYLOAD_UNREADABLE' }) as Error);
    expect(read).toThrow(/"binary\/encrypted"/);
  });
});
