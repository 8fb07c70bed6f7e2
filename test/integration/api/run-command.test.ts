import { setTimeout as delay } from 'node:timers/promises';
import type { ApplicationFailure } from '@temporalio/client';
import { ActivityFailure, type WorkflowFailedError } from '@temporalio/client';
import type { CommandResult } from '../../../src/contract/command';
import { nativeAddon } from '../../../src/process/native/addon';
import { Scene, endOf, extension } from '../../fixtures/plugin/scene';
import { processesWithArgument } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';

jest.setTimeout(120_000);

const PROGRESS = { attempt: 1, stdout: 'begun\n', stderr: '', stdoutBytes: 6, stderrBytes: 0, progress: 'begun' };

let scene: Scene;
let taskQueue: string;
beforeAll(async () => {
  scene = await Scene.open('run-command');
  ({ taskQueue } = await scene.worker({ extend: extension('runs-commands') }));
});
afterAll(() => scene?.end());

const run = (command: object, options = {}, queue = taskQueue) =>
  scene.start(queue, 'runAll', [{ name: 'runCommand', args: [command], options }]);

/** A script that runs until it is killed, and a number in the arguments of all its processes. */
function endless(): { script: string; mark: string } {
  const mark = scene.newId('endless');
  return { script: `sleep 1000 & exec sh -c 'sleep 1000; : ${mark}' ${mark}`, mark };
}

test('a workflow gets the result of a command', async () => {
  const handle = await run({ script: 'echo "$1"', args: ['hello'] });
  expect(await handle.result()).toMatchObject([{ exitCode: 0, stdout: 'hello\n', truncated: false }]);
});

test('and in a failure its output, after the retries that its policy allows', async () => {
  const handle = await run({ script: 'echo why >&2; exit 4' }, { retry: { maximumAttempts: 2, initialInterval: 1 } });
  const { cause } = (await handle.result().catch((error: unknown) => error)) as WorkflowFailedError;
  expect(cause).toBeInstanceOf(ActivityFailure);
  const failure = cause?.cause as ApplicationFailure;
  expect([failure.type, failure.details]).toMatchObject(['COMMAND_FAILED', [{ exitCode: 4, stderr: 'why\n' }]]);
});

test('with a heartbeat timeout it heartbeats by itself, and the details show its output so far', async () => {
  const handle = await run({ script: 'echo begun; sleep 5; echo done', progress: 'b.*' }, { heartbeatTimeout: '2s' });
  await waitUntil('a heartbeat shows what it has said', async () => {
    const { raw } = await handle.describe();
    const [payload] = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads ?? [];
    return Buffer.from(payload?.data ?? '').toString() === JSON.stringify(PROGRESS);
  });
  expect(await handle.result()).toMatchObject([{ exitCode: 0, stdout: 'begun\ndone\n' }]);
});

test('a wrong request is not retried', async () => {
  const handle = await run({ file: 'true', shell: true });
  const { cause } = (await handle.result().catch((error: unknown) => error)) as WorkflowFailedError;
  expect((cause?.cause as ApplicationFailure).type).toBe('OPTION_INVALID');
});

test('the longest result and the longest failure reach the workflow', async () => {
  const quotes = `f() { yes '""' | head -c 2000000; }; f; f >&2`;
  const done = await run({ script: quotes, keepBytes: 900_000 });
  expect(await done.result()).toMatchObject([{ exitCode: 0, truncated: true }]);
  const failing = await run({ script: `${quotes}; exit 5`, keepBytes: 900_000 }, { retry: { maximumAttempts: 1 } });
  const { cause } = (await failing.result().catch((error: unknown) => error)) as WorkflowFailedError;
  expect((cause?.cause as ApplicationFailure).details).toMatchObject([{ exitCode: 5, truncated: true }]);
});

const withNative = nativeAddon() ? test : test.skip;
withNative('it says what it has used; negative control: without the plugin it cannot', async () => {
  const plugin = { hostId: scene.newId('host'), containment: 'subreaper' as const };
  const workers = await Promise.all([
    scene.worker({ extend: extension('runs-commands'), plugin }),
    scene.worker({ extend: extension('runs-commands'), plugin: false }),
  ]);
  // More than a worker has, which the kernel takes for the beginning of each command.
  const program = 'const held = Buffer.alloc(500 * 2 ** 20, 1); process.exitCode = held.length ? 0 : 1';
  const command = { file: process.execPath, args: ['-e', program] };
  const handles = await Promise.all(workers.map((worker) => run(command, {}, worker.taskQueue)));
  const [measured, plain] = (await Promise.all(handles.map((each) => each.result()))).flat() as CommandResult[];
  expect(measured.cpuMs).toBeGreaterThan(50);
  expect(measured.peakMemoryBytes).toBeGreaterThan(500 * 2 ** 20);
  expect(measured.peakMemoryBytes).toBeLessThan(600 * 2 ** 20);
  expect(plain).toMatchObject({ exitCode: 0 });
  expect([plain.cpuMs, plain.peakMemoryBytes]).toEqual([undefined, undefined]);
});

test('a cancel ends the command', async () => {
  const { script, mark } = endless();
  const handle = await run({ script });
  await waitUntil('it runs', () => processesWithArgument(mark).length > 0);
  await handle.cancel();
  expect(await endOf(handle)).toBe('CANCELLED');
  expect(processesWithArgument(mark)).toEqual([]);
});

test('negative control: on a Worker without the plugin it lives', async () => {
  const plain = await scene.worker({ extend: extension('runs-commands'), plugin: false });
  const { script, mark } = endless();
  const handle = await run({ script }, {}, plain.taskQueue);
  await waitUntil('it runs', () => processesWithArgument(mark).length > 0);
  await handle.cancel();
  await delay(2_000);
  const left = processesWithArgument(mark);
  expect(left).not.toEqual([]);
  for (const pid of left) process.kill(pid, 'SIGKILL');
  await endOf(handle);
});
