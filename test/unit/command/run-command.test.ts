import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { projectRoot } from '../../../dev/dev-server';
import type { CommandPolicy } from '../../../src/command/command-policy';
import { CommandTimeout } from '../../../src/command/command-timeout';
import { DEFAULT_ESCALATION } from '../../../src/contract/escalation';
import type { CommandRequest, CommandResult } from '../../../src/contract/command';
import { commandActivity, runCommand } from '../../../src/command/run-command';
import type { KillSummary } from '../../../src/contract/kill-report';
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
    expect(message).toMatch('was ended by SIGKILL');
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
    ['no time at all', { file: 'make', timeoutMs: 0 }, 'timeoutMs must be a whole number of ms from 1'],
    ['a signal that cannot come first', { file: 'make', killSignal: 'SIGUSR1' }, 'killSignal must be one of SIGTERM'],
    ['a pattern that is none', { file: 'make', progress: '(' }, 'progress must be a regular expression'],
    ['a text with a NUL byte', { file: 'make', args: ['a\0b'] }, 'args must be a list of strings'],
    ['a secret that could be a path', { file: 'make', secrets: ['../a'] }, 'secrets must be a list of names'],
    ['a variable without a name', { file: 'make', env: { '': 'a' } }, 'env must be'],
    ['a variable given twice', { file: 'make', env: { A: 'a' }, secrets: ['A'] }, 'env and secrets both have "A"'],
    ['a secret that the worker does not have', { file: 'make', secrets: ['NO_SUCH'] }, 'no secret "NO_SUCH"'],
    [
      'a file that cannot be',
      { file: 'true', stdoutFile: '/no/such/folder/a' },
      'stdoutFile "/no/such/folder/a" cannot',
    ],
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

describe('the environment', () => {
  const variables = async (request: object): Promise<Record<string, string>> => {
    const script = 'process.stdout.write(JSON.stringify(process.env))';
    const { stdout } = await runCommand({ file: process.execPath, args: ['-e', script], ...request });
    return JSON.parse(stdout) as Record<string, string>;
  };

  beforeAll(() => Object.assign(process.env, { COMMAND_A: 'a', COMMAND_B: 'b' }));
  afterAll(() => ['COMMAND_A', 'COMMAND_B'].forEach((name) => delete process.env[name]));

  test("is the worker's, with those of the request", async () => {
    expect(await variables({ env: { COMMAND_B: 'c' } })).toMatchObject({ COMMAND_A: 'a', COMMAND_B: 'c' });
  });

  test('has nothing else of the worker if the request says what to inherit', async () => {
    const { COMMAND_A, PATH, ...others } = await variables({ inheritEnv: ['COMMAND_A', 'NO_SUCH'], env: { C: 'c' } });
    expect([COMMAND_A, PATH, others.C]).toEqual(['a', undefined, 'c']);
    expect(Object.keys(others)).not.toContain('HOME');
  });

  test('has secrets whose last newline a shell strips', async () => {
    const run = commandActivity({ secretOf: () => 'opensesame\n' });
    const script = 'printf "%s," $TOKEN';
    expect(await run({ script, secrets: ['TOKEN'] })).toMatchObject({ stdout: '***,' });
  });

  test('has the secrets, which the output does not show, however they are cut', async () => {
    const script =
      'echo "$COMMAND_A $TOKEN"; printf "%s" "${TOKEN%?????}"; sleep 0.1; echo "${TOKEN#?????}" >&2; exit 7';
    const run = commandActivity({ secretOf: async (name) => (name === 'TOKEN' ? 'opensesame' : undefined) });
    const failure = (await run({ script, secrets: ['TOKEN'] }).catch((error: unknown) => error)) as ApplicationFailure;
    expect(failure.details).toMatchObject([{ exitCode: 7, stdout: 'a ***\nopens', stderr: 'esame\n' }]);
    const whole = 'printf "%s" "${TOKEN%?????}"; sleep 0.1; echo "${TOKEN#?????}"';
    expect(await run({ script: whole, secrets: ['TOKEN'] })).toMatchObject({ stdout: '***\n' });
  });
});

describe('the whole output', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'run-command-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  test('goes to files, which a later attempt empties; to one file if both have the same', async () => {
    const script = 'seq 50000; echo err >&2';
    const request = { cwd: dir, keepBytes: 10, stdoutFile: 'out', stderrFile: join(dir, 'err') };
    for (let attempt = 1; attempt <= 2; attempt++) await runCommand({ ...request, script });
    expect(readFileSync(join(dir, 'out'), 'utf8').trim().split('\n')).toHaveLength(50_000);
    expect(readFileSync(join(dir, 'err'), 'utf8')).toBe('err\n');
    await runCommand({ ...request, script: 'echo a; sleep 0.2; echo b >&2', stderrFile: 'out' });
    expect(readFileSync(join(dir, 'out'), 'utf8')).toBe('a\nb\n');
  });

  test("goes to the worker's function, which a command waits for", async () => {
    const taken: string[] = [];
    const run = commandActivity({
      onOutput: async (chunk, stream) => {
        await delay(20);
        taken.push(`${stream} ${chunk.length}`);
      },
    });
    await run({ script: 'head -c 500000 /dev/zero; echo err >&2' });
    const bytesOf = (stream: string): number =>
      taken.reduce((sum, line) => (line.startsWith(stream) ? sum + Number(line.split(' ')[1]) : sum), 0);
    expect([bytesOf('stdout'), bytesOf('stderr')]).toEqual([500_000, 4]);
  });

  test('a function that never answers holds up neither the command nor, for long, the activity', async () => {
    const run = commandActivity({ onOutput: () => new Promise(() => undefined) });
    const failure = (await run({ script: 'echo a' }).catch((error: unknown) => error)) as ApplicationFailure;
    expect(failure.message).toMatch(/not all of its output was taken: nobody has taken it within 5000 ms/);
    expect(failure.details).toMatchObject([{ exitCode: 0, stdout: 'a\n' }]);
  }, 20_000);

  test.each(['without a reader', 'with one'])(
    'does not go to a pipe %s, which could block the worker',
    async (what) => {
      const pipe = join(dir, 'pipe');
      execFileSync('mkfifo', [pipe]);
      const reader = what === 'with one' ? openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK) : undefined;
      const { type, message } = await failureOf({ file: 'true', stdoutFile: pipe });
      if (reader !== undefined) closeSync(reader);
      expect(type).toBe('OPTION_INVALID');
      expect(message).toMatch(reader === undefined ? /ENXIO/ : /no ordinary file/);
    },
  );

  test('a function that fails does not stop the command, and the activity says so', async () => {
    const run = commandActivity({ onOutput: () => Promise.reject(new Error('full')) });
    const failure = (await run({ script: 'seq 50000; echo done >&2' }).catch(
      (error: unknown) => error,
    )) as ApplicationFailure;
    expect([failure.type, failure.nonRetryable]).toEqual(['COMMAND_FAILED', false]);
    expect(failure.message).toBe('The script has ended, but not all of its output was taken: full');
    expect(failure.details).toMatchObject([{ exitCode: 0, stderr: 'done\n' }]);
  });
});

describe('a command that takes too long', () => {
  test('is killed with all that it has started, and its last words are kept', async () => {
    const script = "trap 'echo stopping; exit 3' TERM; sleep 1000 & echo $!; wait";
    const { type, nonRetryable, details } = await failureOf({ script, timeoutMs: 500, graceMs: 5_000 });
    expect([type, nonRetryable]).toEqual(['COMMAND_TIMED_OUT', false]);
    const [result, kill] = details as [CommandResult, KillSummary];
    expect(result).toMatchObject({ exitCode: 3, stdout: expect.stringMatching(/^\d+\nstopping\n$/) as string });
    expect(kill).toMatchObject({ exited: 2, killed: 0, survived: 0 });
    expect(isRunning(Number(result.stdout.split('\n')[0]))).toBe(false);
  });

  test('gets the signal and the grace of the request', async () => {
    const script = "trap 'echo INT' INT; trap '' TERM; while :; do sleep 0.05; done";
    const { details } = await failureOf({ script, timeoutMs: 500, killSignal: 'SIGINT', graceMs: 300 });
    expect(details).toMatchObject([{ signal: 'SIGKILL', stdout: expect.stringContaining('INT') as string }, {}]);
  });

  test('negative control: one that ends in time is left alone', async () => {
    expect(await runCommand({ script: 'sleep 0.2; echo a', timeoutMs: 60_000 })).toMatchObject({ stdout: 'a\n' });
  });
});

test('without descriptors for a new process the command fails, may be retried, and the worker lives', () => {
  const program = join(projectRoot(), 'dist/test/fixtures/command/out-of-descriptors.js');
  const output = execFileSync('sh', ['-c', 'ulimit -n 80; exec "$0" "$1"', process.execPath, program]);
  const failure = { type: 'COMMAND_FAILED', message: expect.stringContaining('EMFILE') as string, nonRetryable: false };
  expect(JSON.parse(output.toString())).toEqual([0, failure, 0]);
});

test('a kill that is refused when the time is over breaks nothing, and says why', async () => {
  const timeout = new CommandTimeout(1, 1, DEFAULT_ESCALATION);
  await timeout.survived;
  expect(await timeout.outcome()).toEqual({ refused: expect.stringMatching(/init/) as string });
});

test('a command that has ended in time has not timed out, though the loop was blocked when its time was over', async () => {
  const running = runCommand({ script: 'sleep 0.2', timeoutMs: 500 });
  await delay(100); // it runs
  const until = performance.now() + 1_000;
  while (performance.now() < until);
  expect(await running).toMatchObject({ exitCode: 0 });
});

describe('a policy', () => {
  const outcome = async (policy: CommandPolicy, request: CommandRequest): Promise<string> => {
    const ended = await commandActivity(policy)(request).catch((error: unknown) => error as ApplicationFailure);
    return 'exitCode' in ended ? ended.stdout : `${ended.type}, ${ended.nonRetryable}: ${ended.message}`;
  };

  test.each<[string, CommandPolicy, CommandRequest, string]>([
    ['with a list lets its programs run', { allows: ['echo'] }, { file: 'echo', args: ['a'] }, 'a\n'],
    [
      'with a list lets no other run',
      { allows: ['echo', '/bin/true'] },
      { file: 'ls' },
      '"ls"; it allows echo, /bin/true',
    ],
    ['with a list allows no script', { allows: ['/bin/sh'] }, { script: 'ls' }, 'allow scripts'],
    ['with a list allows no env', { allows: ['echo'] }, { file: 'echo', env: { PATH: '/tmp' } }, 'allow env'],
    ['with a list writes no file', { allows: ['echo'] }, { file: 'echo', stdoutFile: '/tmp/a' }, 'allow stdoutFile'],
    ['with a function asks it', { allows: ({ script }) => script === 'echo a' }, { script: 'echo a' }, 'a\n'],
    ['with a function refuses what that refuses', { allows: () => false }, { file: 'echo' }, 'allow this command'],
  ])('%s', async (_title, policy, request, expected) => {
    const got = await outcome(policy, request);
    if (expected.endsWith('\n')) expect(got).toBe(expected);
    else expect(got).toMatch(new RegExp(`^COMMAND_NOT_ALLOWED, true: This worker does not .*${expected}`));
  });

  test.each<[string, object, RegExp]>([
    ['depends on a folder of the request', { allows: ['./build.sh'] }, /give a name or an absolute path/],
    ['is a text, of which each part would be allowed', { allows: 'ffmpeg' }, /must be a list of programs/],
    ['has an empty program', { allows: [''] }, /must be a list of programs/],
    ['is misspelt, and would allow everything', { allow: ['ffmpeg'] }, /no option "allow"; its options are allows,/],
    ['has secrets that are no function', { secretOf: {} }, /secretOf must be a function/],
    ['has a place for output that is no function', { onOutput: 'log' }, /onOutput must be a function/],
  ])('that %s is refused when it is made', (_what, policy, words) => {
    const make = () => commandActivity(policy);
    expect(make).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }) as Error);
    expect(make).toThrow(words);
  });
});
