import { readFileSync } from 'node:fs';
import type { ReaperPluginOptions } from '../../../src';
import { controlIsServed } from '../../helpers/control-served';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import type { FixtureName } from '../../fixtures/processes';
import { CrashScene } from './scene';

const UNANSWERED = 'Hosts did not answer the fence';

let scene: CrashScene;
let fenced: Promise<Scenario>;
let unfenced: Promise<Scenario>;
let graceful: Promise<Scenario>;
beforeAll(async () => {
  scene = await CrashScene.open(undefined, { ownNamespace: true });
  await scene.worker('control', { control: true, guardian: false });
  await controlIsServed(scene.suite.connection, { namespace: scene.suite.namespace });
  fenced = secondAttempt('fenced', { fence: 'cluster' });
  unfenced = secondAttempt('unfenced', { fence: 'host' });
  // Longer than a host that does not answer is waited for.
  const escalation = { graceMs: 8_000, settleMs: 3_000 };
  graceful = secondAttempt('graceful', { fence: 'cluster', escalation }, { name: 'ignores-sigterm' });
  for (const scenario of [fenced, unfenced, graceful]) scenario.catch(() => undefined); // its test says so
});
afterAll(async () => {
  await Promise.allSettled([fenced, unfenced, graceful]);
  await scene.end();
});

interface Scenario {
  /** What attempt 2 saw in its first line: `2`, and who of attempt 1 was alive. */
  second: string;
  /** Of host B, where attempt 2 ran. */
  log: string;
}

interface Course {
  name?: FixtureName;
  /** Done to the worker of host A when attempt 1 is there. */
  meanwhile?: (a: WorkerProcess) => Promise<unknown>;
}

/**
 * Attempt 1 runs on host A, which never asks; its start-to-close is shortened meanwhile, so that Temporal alone knows
 * that it is over. A has no room for another one, so that attempt 2 begins on host B, which waits there since.
 */
async function secondAttempt(
  queue: string,
  plugin: ReaperPluginOptions,
  { name = 'daemonises', meanwhile = async () => undefined }: Course = {},
): Promise<Scenario> {
  const processes = scene.suite.processes(name);
  const witness = scene.newFile('witness');
  const options = { guardian: false, watch: false as const, ...plugin };
  const a = await scene.worker(
    queue,
    { host: `${queue}-a`, ...options },
    { worker: { maxConcurrentActivityTaskExecutions: 1 } },
  );
  const times = {
    activityId: 'it',
    startToCloseTimeout: '10m',
    retry: { initialInterval: '3s', maximumAttempts: 2 },
  } as const;
  const step = { name: 'lookThenRun', args: [processes.dir, witness, processes.program], options: times } as const;
  const handle = await scene.suite.start('workflows', 'runAll', [[{ ...step, taskQueue: scene.suite.unique(queue) }]]);
  await processes.started();
  const [b] = await Promise.all([scene.worker(queue, { host: `${queue}-b`, ...options }), meanwhile(a)]);
  const startToClose = (seconds: number): Promise<unknown> =>
    scene.suite.connection.workflowService.updateActivityOptions({
      namespace: scene.suite.client.options.namespace,
      execution: { workflowId: handle.workflowId },
      id: 'it',
      activityOptions: { startToCloseTimeout: { seconds: seconds as never } },
      updateMask: { paths: ['start_to_close_timeout'] },
    });
  await startToClose(1);
  await waitUntil('attempt 1 is given up', async () => {
    return (await handle.describe()).raw.pendingActivities?.[0]?.attempt === 2;
  });
  await startToClose(600);
  try {
    await waitUntil('attempt 2 has looked', () => readFileSync(witness, 'utf8').split('\n').length > 2, {
      timeoutMs: 45_000,
    });
    const [begin, second] = readFileSync(witness, 'utf8').split('\n');
    expect(begin).toBe('1');
    return { second, log: b.output() };
  } finally {
    process.kill(a.pid, 'SIGCONT');
    await handle.terminate('the test is over');
  }
}

const stop = async (a: WorkerProcess): Promise<unknown> => process.kill(a.pid, 'SIGSTOP');

test("before the first line of attempt 2 on one host, attempt 1's processes on another are dead", async () => {
  const { second, log } = await fenced;
  expect(second).toBe('2');
  expect(log).not.toContain(UNANSWERED);
});

test('negative control: the fence of the host alone leaves them alive', async () => {
  expect((await unfenced).second).toBe('2 daemon main');
});

test('a host that kills is waited for as long as its processes may take', async () => {
  const { second, log } = await graceful;
  expect(second).toBe('2');
  expect(log).not.toContain(UNANSWERED);
});

test('a host that cannot answer is named, and attempt 2 begins all the same', async () => {
  const { second, log } = await secondAttempt('cut', { fence: 'cluster' }, { meanwhile: stop });
  expect(second).toBe('2 daemon main');
  expect(log).toContain(UNANSWERED);
  expect(log).toContain(scene.hostId('cut-a'));
});

test('another worker of that host kills in its place', async () => {
  const replace = async (a: WorkerProcess): Promise<unknown> => {
    await scene.worker('stand-in', { host: 'replaced-a', guardian: false });
    return stop(a);
  };
  const { second, log } = await secondAttempt('replaced', { fence: 'cluster' }, { meanwhile: replace });
  expect(second).toBe('2');
  expect(log).not.toContain(UNANSWERED);
});
