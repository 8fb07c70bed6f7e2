import { OutputProgress } from '../../../src/command/heartbeat-output';

const outputs = { stdout: { bytes: 0 }, stderr: { bytes: 0 } };

function progressOf(pattern: string | undefined, ...lines: string[]): unknown[] {
  const progress = new OutputProgress(pattern);
  return lines.map((line) => {
    progress.stderr.add(Buffer.from(line));
    return progress.read(outputs).progress;
  });
}

test.each([
  ['is the latest match', String.raw`\d+%`, ['1% 2%', ' 3%', ' end'], ['2%', '3%', '3%']],
  ['is its first group', String.raw`time=(\S+)`, ['time=1 ', 'time=2 '], ['1', '2']],
  ['stays when its place in the output is gone', '^step .*$', ['step 1\n', 'x'.repeat(5_000)], ['step 1', 'step 1']],
  ['is not there without a match', 'a', ['b'], [undefined]],
  ['is not there without a pattern', undefined, ['a'], [undefined]],
])('the progress %s', (_what, pattern, lines, expected) => {
  expect(progressOf(pattern, ...lines)).toEqual(expected);
});

test('a pattern that takes for ever is given up, and holds up nothing', () => {
  const evil = String.raw`(\w+\s?)*:$`;
  const begun = performance.now();
  const lines = [1, 2, 3].map(() => `${'a'.repeat(40)}!`);
  expect(progressOf(evil, ...lines, '\na:')).toEqual([undefined, undefined, undefined, undefined]);
  expect(performance.now() - begun).toBeLessThan(5_000); // it would take hours
});

test('what travels is small, whatever the command prints', () => {
  const progress = new OutputProgress(undefined);
  progress.stdout.add(Buffer.alloc(1_000_000, '"'));
  const read = progress.read({ stdout: { bytes: 1_000_000 }, stderr: { bytes: 0 } });
  expect(read).toEqual({ stdout: '"'.repeat(2_048), stderr: '', stdoutBytes: 1_000_000, stderrBytes: 0 });
});

test('a character that has come in part waits for its rest', () => {
  const progress = new OutputProgress(undefined);
  const read = (bytes: number) => progress.read({ stdout: { bytes }, stderr: { bytes: 0 } });
  progress.stdout.add(Buffer.from('a€').subarray(0, 3));
  expect(read(3)).toMatchObject({ stdout: 'a', stdoutBytes: 1 });
  progress.stdout.add(Buffer.from('€').subarray(2));
  expect(read(4)).toMatchObject({ stdout: 'a€', stdoutBytes: 4 });
});
