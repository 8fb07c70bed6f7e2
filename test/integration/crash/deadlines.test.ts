import type { WorkflowHandle } from '@temporalio/client';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import type { Processes } from '../cancel/suite';
import { CrashScene, put } from './scene';

/** What the SDK adds to a start-to-close timeout before it tells the attempt is 5 s. */
const BEFORE_THE_SDK_MS = 4_000;
const once = { maximumAttempts: 1 };

let scene: CrashScene;
let stopped: WorkerProcess;
let release: string;
let scheduleToClose: Promise<void>;
beforeAll(async () => {
  scene = await CrashScene.open();
  release = scene.newFile('release');
  [, , stopped] = await Promise.all([
    scene.worker('a'),
    scene.worker('bare', {}, { plugin: false }),
    scene.worker('stopped'),
  ]);
  scheduleToClose = secondAttemptByScheduleToClose();
  scheduleToClose.catch(() => undefined); // its test says so
});
afterAll(() => {
  put(release);
  return scene.end();
});

/** Starts an activity that takes no notice of anything, with these timeouts and no heartbeats. */
async function holdOut(queue: string, processes: Processes, options: object, route = {}): Promise<WorkflowHandle> {
  const program = { ...processes.program, ...route };
  const step = { name: 'holdOut', args: [program, release], taskQueue: scene.suite.unique(queue), options };
  return scene.suite.start('workflows', 'runAll', [[step]]);
}

test('start-to-close kills at its end, though function and main loop take no notice', async () => {
  const all = [scene.suite.processes('daemonises'), scene.suite.processes('forks-children')];
  const begunAt = Date.now();
  const options = { startToCloseTimeout: '3s', retry: once };
  await Promise.all(all.map((processes) => holdOut('a', processes, options)));
  for (const processes of all) await processes.started();
  await scene.gone(all);
  const last = Math.max(...all.map((processes) => processes.lastBeat()));
  const started = Math.max(...all.map((processes) => processes.startedAt()));
  expect(last).toBeLessThan(started + 3_000 + BEFORE_THE_SDK_MS);
  expect(last).toBeGreaterThan(begunAt + 2_500);
});

async function secondAttemptByScheduleToClose(): Promise<void> {
  const processes = scene.suite.processes('daemonises');
  const [fail, begunAt] = [scene.newFile('fail'), Date.now()];
  const retry = { initialInterval: 1, maximumAttempts: 2 };
  const options = { startToCloseTimeout: undefined, scheduleToCloseTimeout: '8s', retry };
  const step = { name: 'failOnceThenHoldOut', args: [processes.program, fail, release], options };
  await scene.suite.start('workflows', 'runAll', [[{ ...step, taskQueue: scene.suite.unique('a') }]]);
  await waitUntil('the first attempt has run for half of the time', () => Date.now() > begunAt + 4_500);
  put(fail);
  await processes.started();
  expect(processes.attempts()).toEqual([1, 2]);
  await scene.gone([processes]);
  // A count from the second attempt would end after 12.5 s.
  expect(processes.lastBeat()).toBeLessThan(begunAt + 8_000 + BEFORE_THE_SDK_MS);
  expect(processes.lastBeat()).toBeGreaterThan(begunAt + 7_000);
}

// Side by side with the first test: each waits for seconds.
test('schedule-to-close counts from the first attempt, and kills the second at its end', () => scheduleToClose);

test('a call that blocks the main loop is ended by start-to-close', async () => {
  const processes = scene.suite.processes('forever', { route: 'execSync' });
  const options = { startToCloseTimeout: '3s', retry: once };
  const handle = await holdOut('a', processes, options);
  await processes.started();
  await scene.gone([processes]);
  expect(await scene.suite.closed(handle)).toBe('FAILED');
});

test('negative control: without the plugin they outlive the timeout', async () => {
  const processes = scene.suite.processes();
  const handle = await holdOut('bare', processes, { startToCloseTimeout: '3s', retry: once });
  await processes.started();
  expect(await scene.suite.closed(handle)).toBe('FAILED');
  await processes.goOn(25);
});

describe('a worker that is stopped', () => {
  const options = { startToCloseTimeout: '5s', retry: once };

  test('its guardian kills what outlives its start-to-close timeout', async () => {
    const [late, early] = [scene.suite.processes('daemonises'), scene.suite.processes('daemonises')];
    await holdOut('stopped', late, options);
    await holdOut('stopped', early, { startToCloseTimeout: '10m', retry: once });
    for (const processes of [late, early]) await processes.started();
    process.kill(stopped.pid, 'SIGSTOP');
    try {
      await scene.gone([late]);
      await early.goOn();
    } finally {
      process.kill(stopped.pid, 'SIGCONT');
    }
  });

  test('negative control: without a guardian they go on', async () => {
    const worker = await scene.worker('control', { guardian: false });
    const processes = scene.suite.processes('daemonises');
    const handle = await holdOut('control', processes, options);
    await processes.started();
    process.kill(worker.pid, 'SIGSTOP');
    try {
      expect(await scene.suite.closed(handle)).toBe('FAILED');
      await processes.goOn(50);
    } finally {
      process.kill(worker.pid, 'SIGCONT');
    }
    await scene.gone([processes]);
  });
});
