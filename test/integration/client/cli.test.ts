import { chmodSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { CLI_MAIN, CliPrograms, type RanProgram } from '../../fixtures/plugin/cli-program';
import { Scene, beatsOn, dead, endOf, extension } from '../../fixtures/plugin/scene';
import { testServerAddress } from '../../helpers/dev-server';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';

jest.setTimeout(120_000);

const root = resolve(__dirname, '../../..');

const programs = new CliPrograms();

let scene: Scene;
let worker: WorkerProcess & { taskQueue: string };

function cli(...args: string[]): Promise<RanProgram> {
  return programs.startCli(scene.namespace, args).ended;
}

beforeAll(async () => {
  scene = await Scene.open('cli');
  worker = await scene.worker({ extend: extension('with-activities') });
  await scene.servesControl();
});
afterAll(async () => {
  programs.end();
  await scene?.end();
});

test('ps, hosts and cancel of a workflow: exit 0, in text and as one JSON document', async () => {
  const program = scene.program('forks-children');
  const handle = await scene.start(worker.taskQueue, 'runAll', [program.step()]);
  const processes = await program.started();

  const ps = await cli('ps');
  expect(ps).toMatchObject({ code: 0, stderr: '' });
  for (const { pid } of processes) expect(ps.stdout).toMatch(new RegExp(`\\b${pid}\\b`));
  const hosts = await cli('hosts', '-o', 'json');
  expect(hosts).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(hosts.stdout)).toMatchObject([{ hostId: scene.hostId, workers: [{ workerPid: worker.pid }] }]);

  const cancel = await cli('cancel', '-w', handle.workflowId, '--reason', 'a test', '-o', 'json');
  expect(cancel).toMatchObject({ code: 0, stderr: '' });
  await dead(processes, 1);
  expect(JSON.parse(cancel.stdout)).toMatchObject({
    workflowId: handle.workflowId,
    cancel: 'cancel',
    status: 'CANCELED',
  });
  expect(await endOf(handle)).toBe('CANCELLED');

  const again = await cli('cancel', '-w', handle.workflowId);
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect(again.stderr).toMatch(/is closed \(CANCELED\)/);
});

test('cancel of one activity leaves the others; terminate ends the rest', async () => {
  const [first, second] = [scene.program(), scene.program()];
  const handle = await scene.start(worker.taskQueue, 'settleAll', [
    first.step({ options: { activityId: 'first' } }),
    second.step({ options: { activityId: 'second' } }),
  ]);
  const [dying, living] = [await first.started(), await second.started()];
  const cancel = await cli('cancel', '-w', handle.workflowId, '-a', 'first');
  expect(cancel).toMatchObject({ code: 0, stderr: '' });
  expect(cancel.stdout).toMatch(/Cancelled activity first/);
  await dead(dying, 1);
  await beatsOn(living);

  const terminate = await cli('terminate', '-w', handle.workflowId, '-o', 'json');
  expect(terminate.code).toBe(0);
  expect(JSON.parse(terminate.stdout)).toMatchObject({ cancel: 'terminate', status: 'TERMINATED' });
  await dead(living, 1);
  // Whoever reads the history later sees who it was.
  const { events } = await handle.fetchHistory();
  const reason = events?.at(-1)?.workflowExecutionTerminatedEventAttributes?.reason;
  expect(reason).toBe(`requested by ${userInfo().username}@${hostname()} with temporal-reaper`);
});

test('kill-all asks first, then kills what the host has, once or to be retried', async () => {
  const hostId = scene.newId('host');
  const own = await scene.worker({
    plugin: { hostId, control: false },
    workflows: false,
    extend: extension('with-activities'),
  });
  const step = (options = {}) => {
    const program = scene.program();
    return { program, step: program.step({ name: 'runOnce' as never, taskQueue: own.taskQueue, options }) };
  };
  const once_ = step();
  const failing = await scene.start(worker.taskQueue, 'runAll', [once_.step]);
  const first = await once_.program.started();
  const unconfirmed = await cli('kill-all', '--host', hostId);
  expect(unconfirmed).toMatchObject({ code: 2, stdout: '' });
  await beatsOn(first);
  expect(await cli('kill-all', '--host', hostId, '--yes')).toMatchObject({ code: 0, stderr: '' });
  await dead(first, 1);
  await expect(failing.result()).rejects.toMatchObject({ cause: { cause: { type: 'ATTEMPT_KILLED' } } });

  const twice = step({ retry: { initialInterval: '10ms' } });
  const retried = await scene.start(worker.taskQueue, 'runAll', [twice.step]);
  const second = await twice.program.started();
  expect(await cli('kill-all', '--host', hostId, '--yes', '--retry')).toMatchObject({ code: 0 });
  await dead(second, 1);
  expect(await retried.result()).toEqual([2]);
});

describe('refuses, with one clear error and its code, and kills nothing', () => {
  let bystander: Awaited<ReturnType<ReturnType<Scene['program']>['started']>>;
  let workflowId: string;

  beforeAll(async () => {
    const program = scene.program();
    ({ workflowId } = await scene.start(worker.taskQueue, 'runAll', [
      program.step({ options: { activityId: 'bystander' } }),
    ]));
    bystander = await program.started();
  });

  test.each<[string, number, string, () => string[]]>([
    ['an unknown workflow', 1, 'TARGET_NOT_FOUND', () => ['cancel', '-w', 'no-such-workflow']],
    ['an unknown run', 1, 'TARGET_NOT_FOUND', () => ['cancel', '-w', workflowId, '-r', 'no-such-run']],
    ['an unknown activity', 1, 'TARGET_NOT_FOUND', () => ['cancel', '-w', workflowId, '-a', 'no-such-activity']],
    ['a namespace that is not there', 1, 'NAMESPACE_NOT_FOUND', () => ['cancel', '-w', workflowId, '-n', 'no-such']],
    ['no server', 3, 'SERVER_UNREACHABLE', () => ['cancel', '-w', workflowId, '--address', '127.0.0.1:1']],
  ])('%s', async (_what, code, errorCode, args) => {
    const ran = await cli(...args(), '-o', 'json');
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(JSON.parse(ran.stderr)).toEqual({ error: { code: errorCode, message: expect.any(String) as string } });
    await beatsOn(bystander);
  });

  test.each<[string, () => string[]]>([
    ['a negative grace', () => ['cancel', '-w', workflowId, '--grace', '-5s']],
    ['an absurd grace', () => ['cancel', '-w', workflowId, '--grace', '3 weeks']],
    ['a grace that is none', () => ['cancel', '-w', workflowId, '--grace', 'soon']],
    ['an unknown signal', () => ['cancel', '-w', workflowId, '--signal', 'SIGSTOP']],
    ['a bad host name', () => ['kill-all', '--host', 'no/host', '--yes']],
    ['an empty workflow id', () => ['cancel', '-w', '']],
    ['no workflow id', () => ['cancel']],
    ['an unknown command', () => ['slay']],
  ])('%s: exit 2', async (_what, args) => {
    const ran = await cli(...args());
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/error|Usage/i);
    await beatsOn(bystander);
  });

  test('an activity that is over', async () => {
    const program = scene.program();
    const handle = await scene.start(worker.taskQueue, 'settleAll', [
      { name: 'returnTrace', args: [], options: { activityId: 'over' } },
      program.step({ options: { activityId: 'running' } }),
    ]);
    const running = await program.started();
    await waitUntil('the first activity is over', async () => {
      const { raw } = await handle.describe();
      return raw.pendingActivities?.length === 1;
    });
    const ran = await cli('cancel', '-w', handle.workflowId, '-a', 'over', '-o', 'json');
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'TARGET_NOT_FOUND' } });
    await beatsOn(running);
    await handle.terminate();
  });
});

test('the Temporal CLI finds it as "temporal reaper"', async () => {
  const { cli: temporal } = JSON.parse(readFileSync(join(root, '.cache/setup.json'), 'utf8')) as {
    cli: { path: string };
  };
  const bin = join(scene.run.newDir(), 'bin');
  mkdirSync(bin);
  chmodSync(CLI_MAIN, 0o755); // as npm does for a bin
  symlinkSync(CLI_MAIN, join(bin, 'temporal-reaper'));
  const { code, stdout } = await programs.run(
    temporal.path,
    ['reaper', 'hosts', '-o', 'json', '--namespace', scene.namespace, '--address', testServerAddress()],
    { PATH: `${bin}:${process.env.PATH}` },
  );
  expect(code).toBe(0);
  const hosts = JSON.parse(stdout) as { hostId: string }[];
  expect(hosts.map(({ hostId }) => hostId)).toContain(scene.hostId);
});

describe('with a control task queue that nobody polls', () => {
  test('a cancel, of one activity or of all, goes through, degraded: exit 4; what needs the queue is refused: exit 1', async () => {
    const alone = await Scene.open('unserved');
    try {
      const own = await alone.worker({
        plugin: { hostId: alone.hostId, control: false },
        extend: extension('with-activities'),
      });
      const [program, first] = [alone.program(), alone.program('forks-children')];
      const handle = await alone.start(own.taskQueue, 'settleAll', [
        program.step(),
        first.step({ options: { activityId: 'first' } }),
      ]);
      const [processes, dying] = [await program.started(), await first.started()];
      const env = { TEMPORAL_ADDRESS: testServerAddress(), TEMPORAL_NAMESPACE: alone.namespace };

      const ps = await programs.run(process.execPath, [CLI_MAIN, 'ps', '-o', 'json'], env);
      expect(ps).toMatchObject({ code: 1, stdout: '' });
      expect(JSON.parse(ps.stderr)).toMatchObject({ error: { code: 'CONTROL_UNSERVED' } });
      await beatsOn(processes);

      const args = [CLI_MAIN, 'cancel', '-w', handle.workflowId, '-o', 'json'];
      const one = await programs.run(process.execPath, [...args, '-a', 'first'], env);
      await dead(dying, 1);
      expect(one).toMatchObject({ code: 4, stderr: '' });
      expect(JSON.parse(one.stdout)).toMatchObject({
        activityId: 'first',
        cancel: 'cancel-activity',
        status: 'RUNNING',
        unreached: [],
        degraded: expect.stringContaining('asked to kill and cancel') as string,
      });
      await beatsOn(processes);

      const cancel = await programs.run(process.execPath, args, env);
      expect(cancel).toMatchObject({ code: 4, stderr: '' });
      expect(JSON.parse(cancel.stdout)).toMatchObject({
        cancel: 'cancel',
        degraded: expect.stringContaining('No worker serves the control task queue') as string,
      });
      await dead(processes); // the interceptor kills
      expect(await handle.result()).toEqual(['cancelled', 'cancelled']);
    } finally {
      await alone.end();
    }
  });
});
