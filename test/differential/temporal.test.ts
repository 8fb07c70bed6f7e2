import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { controlIsServed } from '../helpers/control-served';
import { waitUntil } from '../helpers/wait-until';
import type { Driver } from '../integration/api/driver';
import { Events, type Processes } from '../integration/cancel/suite';
import { CrashScene, put } from '../integration/crash/scene';

/* Defects of the original that show in what becomes of a task; see defects.ts. */

jest.setTimeout(120_000);
const extend = resolve(__dirname, '../../dist/test/differential/activities.js');
const DRIVER = resolve(__dirname, '../../dist/test/integration/api/driver.js');
const drivers: ChildProcess[] = [];

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
  const [{ pid }] = await Promise.all([
    scene.worker('a', { control: true }, { workflows: true, extend }),
    scene.suite.worker('bare', { plugin: false, extend }),
  ]);
  await controlIsServed(scene.suite.connection, { workerPid: pid });
});
afterAll(async () => {
  for (const child of drivers) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await scene?.end();
});

/** Starts one workflow for each of the processes from a program of its own, as the original's driver does. */
async function drive(all: Processes[]): Promise<ChildProcess> {
  const workflows = Object.fromEntries(all.map((it) => [scene.suite.newWorkflowId(), [[it.step()]]]));
  for (const id of Object.keys(workflows)) scene.suite.handleOf(id);
  const driver: Driver = { address: scene.suite.address, taskQueue: scene.suite.unique('a'), workflows };
  const child = spawn(process.execPath, [DRIVER, JSON.stringify(driver)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  drivers.push(child);
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  await waitUntil('the program is ready', () => output.includes('ready'), { timeoutMs: 30_000 });
  for (const processes of all) await processes.started();
  return child;
}

test("D1 the driver's SIGTERM handler is never installed", async () => {
  const all = [scene.suite.processes('daemonises'), scene.suite.processes('ignores-sigterm')];
  const driver = await drive(all);
  const exit = once(driver, 'exit');
  driver.kill('SIGTERM');
  expect(await exit).toEqual([143, null]);
  for (const processes of all) expect(processes.alive()).toEqual([]);
});

describe('D2 a body whose process was killed returns a value: cancelled looks like finished', () => {
  const step = (processes: Processes) => processes.step({ name: 'returnsExitCode' as never });

  test('it ends as cancelled, and its value is not taken for a result', async () => {
    const processes = scene.suite.processes();
    const handle = await scene.suite.start('a', 'runAll', [[step(processes)]]);
    await processes.started();
    await handle.cancel();
    await processes.died();
    expect(await scene.suite.closed(handle)).toBe('CANCELLED');
    const { events } = await Events.of(handle);
    expect(completionsOf(events, 'returnsExitCode')).toBe(0);
    expect(events.some((event) => event.activityTaskCanceledEventAttributes)).toBe(true);
  });

  test('negative control: killed by hand before its cancel, as the original does it, it has a value', async () => {
    const processes = scene.suite.processes();
    const handle = await scene.suite.start('bare', 'runAll', [[step(processes)]]);
    await processes.started();
    process.kill(processes.pidOf('main'), 'SIGTERM');
    await processes.died();
    await handle.cancel();
    expect(await scene.suite.closed(handle)).toBe('COMPLETED');
    expect(await handle.result()).toEqual(['SIGTERM']);
  });
});

/** How many activities of a type have completed with a value. */
function completionsOf(events: Events['events'], type: string): number {
  const own = events.filter(({ activityTaskScheduledEventAttributes: it }) => it?.activityType?.name === type);
  const ids = new Set(own.map(({ eventId }) => String(eventId)));
  return events.filter(({ activityTaskCompletedEventAttributes: it }) => it && ids.has(String(it.scheduledEventId)))
    .length;
}

describe('D3 a body with a fallback starts its next process after the kill', () => {
  const stepOf = (all: Processes[]) => ({ name: 'fallsBack' as never, args: [all.map(({ program }) => program)] });

  test('it has the grace to clean up in, then nothing starts any more, and it ends as cancelled', async () => {
    const all = [scene.suite.processes(), scene.suite.processes(), scene.suite.processes()];
    const handle = await scene.suite.start('a', 'runAll', [[stepOf(all)]]);
    await all[0].started();
    await handle.cancel();
    await all[0].died();
    expect(await scene.suite.closed(handle)).toBe('CANCELLED');
    expect(existsSync(join(all[2].dir, 'main.pid'))).toBe(false);
    for (const processes of all) expect(scene.suite.processesOf(processes)).toEqual([]);
  });

  test('negative control: killed by hand, it falls back', async () => {
    const all = [scene.suite.processes(), scene.suite.processes()];
    await scene.suite.start('bare', 'runAll', [[stepOf(all)]]);
    await all[0].started();
    process.kill(all[0].pidOf('main'), 'SIGTERM');
    await all[1].started();
  });
});

describe('D5 a cancel does not reach a body that blocks in a wait', () => {
  test('its process dies, its worker is free, and it ends as cancelled', async () => {
    await scene.worker('blocked');
    const processes = scene.suite.processes('shell-pipeline', { route: 'execSync' });
    const step = processes.step({ taskQueue: scene.suite.unique('blocked') });
    const handle = await scene.suite.start('a', 'runAll', [[step]]);
    await processes.started();
    await handle.cancel();
    await processes.died();
    expect(await scene.suite.closed(handle)).toBe('CANCELLED');
    const echo = { name: 'echo', args: ['free'], taskQueue: scene.suite.unique('blocked') };
    expect(await (await scene.suite.start('a', 'runAll', [[echo]])).result()).toEqual(['free']);
  });
});

describe('D6 the registry dies with the worker that owns it, and what comes after is untracked', () => {
  test('a worker of the host dies: what another one of it runs, and what comes later, is killed as before', async () => {
    const first = await scene.worker('first', { host: 'shared' });
    await scene.worker('second', { host: 'shared' });
    const on = (queue: string, it: Processes) => [[it.step({ taskQueue: scene.suite.unique(queue) })]];
    const [lost, running, later] = [1, 2, 3].map(() => scene.suite.processes('daemonises'));
    await scene.suite.start('a', 'runAll', on('first', lost));
    const handle = await scene.suite.start('a', 'runAll', on('second', running));
    await Promise.all([lost.started(), running.started()]);
    await first.kill();
    await lost.died();
    await running.goOn();
    const next = await scene.suite.start('a', 'runAll', on('second', later));
    await later.started();
    await Promise.all([handle.cancel(), next.cancel()]);
    await Promise.all([running.died(), later.died()]);
  });
});

test("D8 one driver's SIGTERM kills the processes of another's job", async () => {
  const [own, others] = [scene.suite.processes('daemonises'), scene.suite.processes('daemonises')];
  const [driver] = [await drive([own]), await drive([others])];
  const exit = once(driver, 'exit');
  driver.kill('SIGTERM');
  await exit;
  expect(own.alive()).toEqual([]);
  await others.goOn();
  expect(others.alive()).toEqual(['main', 'daemon']);
});

test('D10 a cancel of the outer task leaves the process of the inner one', async () => {
  const [inner, beside] = [scene.suite.processes('daemonises'), scene.suite.processes('forever')];
  const steps = [inner.step(), beside.step()];
  const handle = await scene.suite.start('a', 'runInChild', [scene.suite.newWorkflowId(), steps]);
  await Promise.all([inner.started(), beside.started()]);
  await handle.cancel();
  await Promise.all([inner.died(), beside.died()]);
  expect(await scene.suite.closed(handle)).toBe('CANCELLED');
});

test('D11 a cancel of one call kills the process of another call in the same worker', async () => {
  const cancelled = Array.from({ length: 8 }, () => scene.suite.processes('daemonises'));
  const spared = scene.suite.processes('daemonises');
  const handles = [];
  for (const it of [spared, ...cancelled]) handles.push(await scene.suite.start('a', 'runAll', [[it.step()]]));
  await Promise.all([spared, ...cancelled].map((it) => it.started()));
  const [other, ...all] = handles;
  await Promise.all(all.map((handle) => handle.cancel())); // 8 at once: D19
  await Promise.all(cancelled.map((it) => it.died()));
  for (const handle of all) expect(await scene.suite.closed(handle)).toBe('CANCELLED');
  await spared.goOn();
  expect(spared.alive()).toEqual(['main', 'daemon']);
  expect((await other.describe()).status.name).toBe('RUNNING');
});

describe('D14 a normal return leaves living children, and forgets them', () => {
  async function leave(queue: string) {
    const processes = scene.suite.processes('daemonises');
    const file = scene.newFile('end');
    const step = { name: 'endWhen', args: [processes.program, 'returns', file], taskQueue: scene.suite.unique(queue) };
    const handle = await scene.suite.start('a', 'runAll', [[step]]);
    await processes.started();
    put(file);
    expect(await handle.result()).toEqual(['returned']);
    return processes;
  }

  test('with leftovers: "kill" they are dead before the result is there', async () => {
    await scene.worker('tidy', { leftovers: 'kill' });
    expect((await leave('tidy')).alive()).toEqual([]);
  });

  test('by default each of them is named in the log', async () => {
    const worker = await scene.worker('untidy');
    const processes = await leave('untidy');
    for (const role of ['main', 'daemon']) {
      await waitUntil(`the log names ${role}`, () => worker.output().includes(String(processes.pidOf(role))));
    }
    await processes.goOn();
  });
});

test("D16 a killed worker's body runs again beside what the first run left", async () => {
  const first = await scene.worker('again');
  const processes = scene.suite.processes('daemonises', { heartbeatMs: 100 });
  const witness = scene.newFile('witness');
  const options = { heartbeatTimeout: '3s', retry: { initialInterval: 1, maximumAttempts: 2 } };
  const args = [processes.dir, witness, processes.program];
  const step = { name: 'lookThenRun', args, options, taskQueue: scene.suite.unique('again') };
  await scene.suite.start('a', 'runAll', [[step]]);
  await processes.started();
  await first.kill();
  await scene.worker('again');
  await waitUntil('attempt 2 has looked', () => /\n2.*\n/.test(readFileSync(witness, 'utf8')), { timeoutMs: 30_000 });
  expect(readFileSync(witness, 'utf8')).toBe('1\n2\n'); // nobody of attempt 1 beside it
});
