import { ApplicationFailure } from '@temporalio/common';
import type { CommandRequest } from '../../../src/activities/command-request';
import { type CommandResult, runCommand } from '../../../src/activities/run-command';
import { isRunning } from '../../helpers/kernel-oracle';

async function failureOf(request: unknown): Promise<ApplicationFailure> {
  const error: unknown = await runCommand(request as CommandRequest).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApplicationFailure);
  return error as ApplicationFailure;
}

describe('a command', () => {
  test('has its arguments, folder, variables and input; nothing of it is read by a shell', async () => {
    const script =
      'process.stdin.on("data", (d) => console.log(process.argv[1], process.env.A, process.cwd(), `${d}`))';
    const request = { file: process.execPath, args: ['-e', script, '$HOME'], cwd: '/', env: { A: 'b' }, input: 'in' };
    expect(await runCommand(request)).toMatchObject({ exitCode: 0, stdout: '$HOME b / in\n', truncated: false });
  });

  test('may be a script, which has the arguments', async () => {
    const { stdout } = await runCommand({ script: 'echo "$2" | tr a b', args: ['x', 'aa'] });
    expect(stdout).toBe('bb\n');
  });

  test('fails with the result in the details, and never with its arguments in the message', async () => {
    const { message, type, nonRetryable, details } = await failureOf({
      script: 'echo out; echo err >&2; exit 3',
      args: ['secret'],
    });
    expect([type, nonRetryable]).toEqual(['COMMAND_FAILED', false]);
    expect(message).toBe('The script exited with 3: err\n');
    expect(details).toMatchObject([{ exitCode: 3, stdout: 'out\n', stderr: 'err\n' }]);
  });

  test('succeeds with every exit code that the request names, and no other', async () => {
    const okExitCodes = [1, 2];
    expect(await runCommand({ script: 'exit 2', okExitCodes })).toMatchObject({ exitCode: 2 });
    expect(await failureOf({ script: 'exit 0', okExitCodes })).toMatchObject({ type: 'COMMAND_FAILED' });
  });

  test('that a signal ends says which', async () => {
    const { message, details } = await failureOf({ script: 'kill -9 $$' });
    expect(message).toMatch('was killed by SIGKILL');
    expect(details).toMatchObject([{ exitCode: -1, signal: 'SIGKILL' }]);
  });

  test('ends although a program that it has left holds its output, and loses nothing of its own', async () => {
    const { stdout } = await runCommand({ script: 'sleep 60 & echo $!; seq 20000', keepBytes: 200_000 });
    const [pid, ...numbers] = stdout.trim().split('\n').map(Number);
    try {
      expect(isRunning(pid)).toBe(true); // that is for the attempt to deal with
      expect(numbers.slice(-2)).toEqual([19_999, 20_000]);
    } finally {
      process.kill(pid, 'SIGKILL');
    }
  });

  test('does not wait for input that nobody reads', async () => {
    expect(await runCommand({ file: 'true', input: 'x'.repeat(1_000_000) })).toMatchObject({ exitCode: 0 });
  });
});

describe('of the output, the end is kept', () => {
  const kept = async (script: string, keepBytes: number): Promise<CommandResult> => runCommand({ script, keepBytes });

  test.each([
    ['of which all fits', 'printf abc', 3, 'abc', false],
    ['that is too long', 'printf abcdef', 3, 'def', true],
    ['of no bytes', 'printf abc', 0, '', true],
    ['cut before a character, not in it', 'printf "ää€"', 4, '€', true],
    ['cut before a character of two UTF-16 units', 'printf "a😀😀"', 6, '😀', true],
    ['whose characters are escaped in JSON', String.raw`printf 'aa""""'`, 5, '""', true],
    ['that is not UTF-8', String.raw`printf '\377\377\377'`, 6, '\ufffd\ufffd', true],
  ])('%s', async (_title, script, keepBytes, stdout, truncated) => {
    expect(await kept(script, keepBytes)).toMatchObject({ stdout, truncated });
  });

  test('of both streams at most, together with the rest, what a payload can carry, however it is escaped', async () => {
    const result = await kept(String.raw`f() { yes "$(printf '\001')" | head -c 1000000; }; f; f >&2`, 900_000);
    const bytes = Buffer.byteLength(JSON.stringify(result));
    expect(bytes).toBeGreaterThan(1_700_000);
    expect(bytes).toBeLessThan(2 * 1024 * 1024);
  });
});

describe('a request that cannot be right is not retried', () => {
  test.each([
    ['not an object', 'make', 'one object'],
    ['a list', ['make'], 'one object'],
    ['nothing to run', { args: ['a'] }, 'either file or script'],
    ['two things to run', { file: 'make', script: 'make' }, 'either file or script'],
    ['an unknown option', { file: 'make', shell: true }, 'no option "shell"; its options are file, script, args'],
    ['an option that every object seems to have', { file: 'make', constructor: 1 }, 'no option "constructor"'],
    ['an empty name', { file: '' }, 'file must be the name or path of a program'],
    ['an argument that is no string', { file: 'make', args: [1] }, 'args must be a list of strings'],
    ['a variable that is no string', { file: 'make', env: { A: 1 } }, 'env must be an object whose values are strings'],
    ['an exit code beyond 255', { file: 'make', okExitCodes: [256] }, 'from 0 to 255'],
    ['too much output', { file: 'make', keepBytes: 900_001 }, 'from 0 to 900000'],
  ])('%s', async (_title, request, words) => {
    const { message, type, nonRetryable } = await failureOf(request);
    expect([type, nonRetryable]).toEqual(['OPTION_INVALID', true]);
    expect(message).toMatch(words);
  });

  test.each([
    ['a program that is missing', { file: 'no-such-program' }, '"no-such-program" in "'],
    ['a folder that is missing', { file: 'true', cwd: '/no/such/folder' }, '"/no/such/folder"'],
    ['a file that cannot be executed', { file: '/etc/passwd' }, 'EACCES'],
    ['a folder in place of a program', { file: '/' }, 'EACCES'],
    ['more arguments than the kernel takes', { file: 'true', args: ['x'.repeat(200_000)] }, 'E2BIG'],
  ])('%s', async (_title, request, words) => {
    const { message, type, nonRetryable } = await failureOf(request);
    expect([type, nonRetryable]).toEqual(['COMMAND_NOT_FOUND', true]);
    expect(message).toMatch(words);
  });

  test('options that are null, as other languages send them, count as not given', async () => {
    expect(await runCommand({ file: 'true', args: null, env: null } as never)).toMatchObject({ exitCode: 0 });
  });
});
