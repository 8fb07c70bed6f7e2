import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { projectRoot } from '../../../dev/dev-server';
import type { ListOutcome } from '../../../src/client';
import { Scene, beatsOn, dead, endOf, extension } from '../../fixtures/plugin/scene';
import { testServerAddress } from '../../helpers/dev-server';
import { isRunning, memoryBytesOf } from '../../helpers/kernel-oracle';
import { Terminal } from '../../helpers/terminal';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';

jest.setTimeout(120_000);

const MAIN = join(projectRoot(), 'dist/src/cli/main.js');

let scene: Scene;
let worker: WorkerProcess & { taskQueue: string };
let terminal: Terminal | undefined;
let child: ChildProcess | undefined;

const env = (): NodeJS.ProcessEnv => ({ TEMPORAL_ADDRESS: testServerAddress(), TEMPORAL_NAMESPACE: scene.namespace });

beforeAll(async () => {
  scene = await Scene.open('ps-watch');
  worker = await scene.worker({ extend: extension('with-activities') });
  await scene.servesControl();
});
afterEach(async () => {
  await terminal?.close();
  child?.kill('SIGKILL');
});
afterAll(() => scene?.end());

test('on a terminal: every process while it lives, none when it is dead; q leaves them alone', async () => {
  const program = scene.program('forks-children');
  const handle = await scene.start(worker.taskQueue, 'runAll', [program.step()]);
  const processes = await program.started();

  terminal = new Terminal(process.execPath, [MAIN, 'ps', '--watch', '1'], { columns: 160, rows: 30, env: env() });
  const all = new RegExp(processes.map(({ pid }) => `(?=[^]*\\b${pid}\\b)`).join(''));
  await terminal.shows(new RegExp(`^${all.source}[^]*5 processes {2}1 attempt {2}1 worker {2}1 host`));
  // From the second list on, the share of a CPU is known.
  await terminal.shows(/CPU \d+\.\d%/);
  terminal.press('m');
  await terminal.shows(/sort: memory/);
  await beatsOn(processes);

  await handle.cancel();
  await dead(processes);
  await terminal.shows(/No activity is running\./);
  expect(await endOf(handle)).toBe('CANCELLED');

  const spared = scene.program();
  const other = await scene.start(worker.taskQueue, 'runAll', [spared.step()]);
  const living = await spared.started();
  await terminal.shows(new RegExp(`\\b${living[0].pid}\\b`));
  const { pid } = terminal;
  terminal.press('q');
  expect(await terminal.exitCode()).toBe(0);
  expect(isRunning(pid)).toBe(false);
  await beatsOn(living);
  await other.terminate();
  await dead(living);
});

test('into a pipe: one JSON document a line with what each process uses, until SIGINT: exit 0', async () => {
  const [program, other] = [scene.program(), scene.program()];
  const handle = await scene.start(worker.taskQueue, 'runAll', [program.step()]);
  const unwanted = await scene.start(worker.taskQueue, 'runAll', [other.step()]);
  const [[{ pid }], [hidden]] = [await program.started(), await other.started()];

  const args = [MAIN, 'ps', '-w', handle.workflowId, '--watch', '1', '-o', 'json'];
  child = spawn(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '', ...env() }, stdio: 'pipe' });
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  const exited = once(child, 'close');
  await waitUntil('it has listed twice', () => stdout.split('\n').length > 2, { timeoutMs: 30_000 });
  child.kill('SIGINT');
  expect(await exited).toEqual([0, null]);
  expect(stderr).toBe('');

  const [first, second] = stdout
    .split('\n')
    .map((line) => (line === '' ? undefined : (JSON.parse(line) as ListOutcome)));
  for (const outcome of [first, second]) {
    const attempts = outcome?.hosts.flatMap(({ result }) => result?.attempts ?? []) ?? [];
    expect(attempts.map(({ attempt }) => attempt.workflowId)).toEqual([handle.workflowId]);
    expect(attempts[0].processes).toMatchObject([{ pid, cpuMs: expect.any(Number) as number }]);
    expect(attempts[0].processes[0].memoryBytes! / memoryBytesOf(pid)).toBeCloseTo(1, 0);
  }
  expect(stdout).not.toContain(`"pid":${hidden.pid},`);
  await Promise.all([handle.terminate(), unwanted.terminate()]);
});
