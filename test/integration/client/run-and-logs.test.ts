import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CliPrograms, type RanProgram, type RunningProgram } from '../../fixtures/plugin/cli-program';
import { Scene, extension } from '../../fixtures/plugin/scene';
import { isRunning, processesWithArgument } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';

jest.setTimeout(60_000);

const programs = new CliPrograms();
let scene: Scene;
let queue: string;
let unregistered: string;
beforeAll(async () => {
  scene = await Scene.open('run-and-logs');
  [{ taskQueue: queue }, { taskQueue: unregistered }] = await Promise.all([
    scene.worker({ extend: extension('runs-commands') }),
    scene.worker(),
  ]);
  await scene.servesControl();
});
afterAll(async () => {
  programs.end();
  await scene?.end();
});

const start = (...args: string[]): RunningProgram => programs.startCli(scene.namespace, args);
const cli = (...args: string[]): Promise<RanProgram> => start(...args).ended;
const sh = (script: string): string[] => ['--', 'sh', '-c', script];

/** Ids as `run --detach` prints them. */
async function detached(script: string): Promise<string[]> {
  const { stdout } = await cli('run', '--task-queue', queue, '--detach', ...sh(script));
  return stdout.trim().split(' ');
}

test('run shows both outputs and ends with the exit code of the command', async () => {
  const ran = await cli('run', '--task-queue', queue, ...sh('echo out; echo err >&2; exit 7'));
  expect(ran).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' });
});

test('it passes on folder, variables, secrets and a timeout; arguments that look like options are the command’s', async () => {
  const options = ['--cwd', '/', '--env', 'A=b=c', '--secret', 'PATH', '--task-queue', queue];
  const ran = await cli('run', ...options, '--', 'sh', '-c', 'echo "$PWD $A $PATH $0 $1"', '--env', '-w');
  expect(ran).toEqual({ code: 0, stdout: '/ b=c *** --env -w\n', stderr: '' });
  const late = await cli('run', '--task-queue', queue, '--timeout', '500ms', '--signal', 'KILL', ...sh('sleep 1000'));
  expect(late).toMatchObject({
    code: 137,
    stderr: expect.stringMatching(/COMMAND_TIMED_OUT.* processes are dead/) as string,
  });
});

test('it shows output while the command runs, all of it, also what comes between heartbeats', async () => {
  const running = start('run', '--task-queue', queue, ...sh('seq 1 20000; sleep 8; seq 20001 40000'));
  await waitUntil('the first output is shown', () => running.printed.stdout.includes('20000\n'), { timeoutMs: 10_000 });
  expect(running.printed.stdout).not.toContain('20001\n');
  const { code, stdout } = await running.ended;
  expect(code).toBe(0);
  const lines = stdout.trim().split('\n').map(Number);
  expect(lines.slice(lines.indexOf(20_000))).toEqual(Array.from({ length: 20_001 }, (_, index) => 20_000 + index));
});

/** Runs a command that never ends, attached, until it is there; its processes' ids. */
async function runEndless(): Promise<{ running: RunningProgram; pids: number[] }> {
  const file = join(scene.run.newDir(), 'pids');
  const script = `sleep 1000 & echo $$ $! > ${file}.new; mv ${file}.new ${file}; wait`;
  const running = start('run', '--task-queue', queue, ...sh(script));
  await waitUntil('it runs', () => existsSync(file));
  return { running, pids: readFileSync(file, 'utf8').trim().split(' ').map(Number) };
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s kills the command and what it has started, and says so',
  async (signal) => {
    const { running, pids } = await runEndless();
    running.child.kill(signal);
    const { code, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/Cancelling, and waiting[^]*Cancelled\. 2 processes are dead\.\n$/);
    expect(pids.filter((pid) => isRunning(pid))).toEqual([]);
  },
);

test('when the reader of its output has enough, the command is killed', async () => {
  const file = join(scene.run.newDir(), 'pid');
  const script = `echo $$ > ${file}; while :; do echo line; sleep 0.1; done`;
  const { child, ended } = start('run', '--task-queue', queue, ...sh(script));
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  child.stdout?.destroy();
  expect((await ended).code).toBe(130);
  expect(isRunning(Number(readFileSync(file, 'utf8')))).toBe(false);
});

test('a retry shows its own output, and nothing of the attempt before twice', async () => {
  const file = join(scene.run.newDir(), 'attempts');
  const script = `echo x >> ${file}; n=$(wc -l < ${file}); echo "attempt $n"; sleep 3; [ $n -ge 2 ]`;
  const options = { activityId: 'twice', heartbeatTimeout: '2s', retry: { maximumAttempts: 2, initialInterval: '3s' } };
  const handle = await scene.start(queue, 'runAll', [{ name: 'runCommand', args: [{ script }], options }]);
  await waitUntil('the first attempt is there', () => existsSync(file));
  const { stdout } = await cli('logs', '-f', '-w', handle.workflowId, '-a', 'twice');
  expect(stdout).toBe('attempt 1\nattempt 2\n');
});

test('negative control: it runs on when only the one who waits is killed', async () => {
  const { running, pids } = await runEndless();
  running.child.kill('SIGKILL');
  await running.ended;
  await delay(1_000);
  const left = pids.filter((pid) => isRunning(pid));
  for (const pid of left) process.kill(pid, 'SIGKILL');
  expect(left).toEqual(pids);
});

test('logs shows what a running command has printed, follows it to its end, and shows it afterwards', async () => {
  const ids = await detached('echo early; sleep 6; echo late; exit 3');
  const following = start('logs', '-f', ...ids);
  await waitUntil('its first output is there', async () => (await cli('logs', ...ids)).stdout === 'early\n', {
    timeoutMs: 10_000,
    everyMs: 200,
  });
  expect(await following.ended).toEqual({ code: 0, stdout: 'early\nlate\n', stderr: '' });
  expect(await cli('logs', ...ids)).toEqual({ code: 0, stdout: 'early\nlate\n', stderr: '' });
  const json = await cli('logs', '-o', 'json', ids[0], ids[1]);
  expect(JSON.parse(json.stdout)).toMatchObject({ how: 'failed', code: 'COMMAND_FAILED', result: { exitCode: 3 } });
});

test('logs shows the last output of a command that was cancelled', async () => {
  const mark = scene.newId('mark');
  const ids = await detached(`echo begun; sleep 1000; : ${mark}`);
  await waitUntil('it runs', () => processesWithArgument(mark).length > 0);
  expect(await cli('cancel', ids[0], ids[1])).toMatchObject({ code: 0 });
  expect(await cli('logs', ...ids)).toEqual({
    code: 0,
    stdout: 'begun\n',
    stderr: 'Cancelled. 2 processes are dead.\n',
  });
});

describe('refuses, with one clear error', () => {
  test.each<[string, () => string[], number, RegExp]>([
    [
      'a worker that has not registered it',
      () => ['run', '--task-queue', unregistered, '--', 'true'],
      1,
      /COMMAND_UNREGISTERED.*not registered.*pass activities: \{ runCommand \}/,
    ],
    [
      'a task queue that nobody polls',
      () => ['run', '--task-queue', 'no-such-queue', '--', 'true'],
      1,
      /TASK_QUEUE_UNSERVED.*no-such-queue/,
    ],
    ['no command', () => ['run', '--task-queue', queue], 2, /missing required argument 'command'/],
    ['a variable without a value', () => ['run', '--task-queue', queue, '--env', 'A', '--', 'true'], 2, /NAME=VALUE/],
    [
      'a timeout that is none',
      () => ['run', '--task-queue', queue, '--timeout', 'x', '--', 'true'],
      2,
      /timeout is "x"/,
    ],
    [
      'a command that does not exist',
      () => ['run', '--task-queue', queue, '--', 'no-such'],
      1,
      /COMMAND_NOT_FOUND.*no-such/,
    ],
    ['a workflow that does not exist', () => ['logs', '-w', 'no-such'], 1, /TARGET_NOT_FOUND/],
  ])('%s', async (_what, args, code, words) => {
    const ran = await cli(...args());
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).toMatch(words);
  });

  test('several activities without a name', async () => {
    const programs = [scene.program(), scene.program()];
    const handle = await scene.start(
      queue,
      'runAll',
      programs.map((program) => program.step()),
    );
    await Promise.all(programs.map((program) => program.started()));
    const ran = await cli('logs', '-w', handle.workflowId);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringMatching(/OPTION_INVALID.*name one of 1, 2/) as string });
    await handle.cancel();
  });
});
