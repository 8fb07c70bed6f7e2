import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { temporal } from '@temporalio/proto';
import { CONTROL_TASK_QUEUE } from '../../../src/contract/task-queues';
import { waitUntil } from '../../helpers/wait-until';
import type { Processes } from '../cancel/suite';
import { CrashScene } from '../crash/scene';
import type { Driver } from './driver';

const DRIVER = resolve(__dirname, '../../../dist/test/integration/api/driver.js');

let scene: CrashScene;
const programs: ChildProcess[] = [];
beforeAll(async () => {
  scene = await CrashScene.open();
  const { pid } = await scene.worker('a', { control: true }, { workflows: true });
  const { workflowService } = scene.suite.connection;
  await waitUntil(
    'the cancellation workflows are served',
    async () => {
      const { pollers } = await workflowService.describeTaskQueue({
        namespace: 'default',
        taskQueue: { name: CONTROL_TASK_QUEUE },
        taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
      });
      return Boolean(pollers?.some(({ identity }) => identity?.includes(`${pid}@`)));
    },
    { timeoutMs: 45_000, everyMs: 50 },
  );
});
afterAll(async () => {
  for (const child of programs) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await scene.end();
});

/** Starts a program that starts one workflow for each of the processes; resolves when all are there. */
async function drive(all: Processes[], more: Partial<Driver> = {}) {
  const ids = all.map(() => scene.suite.newWorkflowId());
  const driver: Driver = {
    address: scene.suite.address,
    taskQueue: scene.suite.unique('a'),
    workflows: Object.fromEntries(all.map((processes, index) => [ids[index], [[processes.step()]]])),
    ...more,
  };
  const child = spawn(process.execPath, [DRIVER, JSON.stringify(driver)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  programs.push(child);
  const handles = ids.map((id) => scene.suite.handleOf(id));
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  await waitUntil('the program is ready', () => output.includes('ready'), { timeoutMs: 30_000 });
  for (const processes of all) await processes.started();
  return { child, ids, handles, output: () => output };
}

test('SIGTERM: its workflows are cancelled, their processes are dead, and it exits with 143', async () => {
  const all = [scene.suite.processes('daemonises'), scene.suite.processes('ignores-sigterm')];
  const { child, ids, handles, output } = await drive(all);
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  child.kill('SIGTERM'); // a second one does no harm
  expect(await exit).toEqual([143, null]);
  for (const processes of all) expect(processes.alive()).toEqual([]);
  for (const handle of handles) expect(await scene.suite.closed(handle)).toBe('CANCELLED');
  for (const id of ids) expect(output()).toContain(`${id} `);
  await scene.gone(all);
});

test('a handler that was there before runs afterwards, and decides how the program ends', async () => {
  const processes = scene.suite.processes();
  const { child, ids, handles, output } = await drive([processes], { previous: true });
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exit).toEqual([7, null]);
  expect(processes.alive()).toEqual([]);
  expect(output().trim().split('\n').slice(1)).toEqual([expect.stringContaining(ids[0]) as string, 'previous SIGTERM']);
  expect(await scene.suite.closed(handles[0])).toBe('CANCELLED');
});

test('negative control: without it the workflow and its processes go on', async () => {
  const processes = scene.suite.processes();
  const { child, handles } = await drive([processes], { handler: false });
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exit).toEqual([null, 'SIGTERM']);
  await processes.goOn(50);
  expect((await handles[0].describe()).status.name).toBe('RUNNING');
});
