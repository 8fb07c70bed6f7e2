import type { WorkflowHandle } from '@temporalio/client';
import type { KillSummary } from '../../../src/contract/kill-report';
import { StrictCodec } from '../../fixtures/plugin/codec';
import { Scene, extension } from '../../fixtures/plugin/scene';
import { processesWithArgument } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';

jest.setTimeout(60_000);

/** Cancels the run of a step when its processes are there. */
async function cancel(handle: WorkflowHandle, mark: string): Promise<void> {
  await waitUntil('it runs', () => processesWithArgument(mark).length > 0);
  await handle.cancel();
}

describe.each([
  ['', 'runs-commands', undefined],
  [' through a payload codec', 'runs-commands-with-codec', { payloadCodecs: [new StrictCodec()] }],
])('the last words of a cancelled command%s', (_how, extend, dataConverter) => {
  let scene: Scene;
  let taskQueue: string;
  beforeAll(async () => {
    scene = await Scene.open('last-words', dataConverter);
    ({ taskQueue } = await scene.worker({ extend: extension(extend) }));
  });
  afterAll(() => scene?.end());

  // With a heartbeat timeout the SDK's throttle window is closed by the command's own heartbeats.
  test.each([
    ['without a heartbeat timeout', {}],
    ['with one', { heartbeatTimeout: '30s' }],
  ])('%s are in the details, with what the kill did', async (_what, options) => {
    const mark = scene.newId('mark');
    const script = `trap 'echo saved; exit 3' INT; trap '' TERM; echo begun; while :; do sleep 0.1; done; : ${mark}`;
    const request = { script, args: [mark], killSignal: 'SIGINT' };
    const handle = await scene.start(taskQueue, 'detailsOfCancel', { name: 'runCommand', args: [request], options });
    await waitUntil('it has begun', () => processesWithArgument(mark).length > 0);
    await new Promise((resolve) => setTimeout(resolve, 1_500)); // for its first heartbeat
    await handle.cancel();
    const [result, kill] = (await handle.result()) as unknown[];
    expect(result).toMatchObject({ exitCode: 3, stdout: 'begun\nsaved\n' });
    expect(kill).toMatchObject({ killed: 0, survived: 0, denied: 0 });
    const { level, cpuMs } = kill as KillSummary;
    expect(cpuMs).toEqual(level === 'cgroup' ? (expect.any(Number) as number) : undefined);
    expect(processesWithArgument(mark)).toEqual([]);
  });
});

test('a command that answers the kill with exit code 0 has been cancelled all the same', async () => {
  const scene = await Scene.open('exit-zero');
  try {
    const { taskQueue } = await scene.worker({ extend: extension('runs-commands') });
    const mark = scene.newId('mark');
    const script = `trap 'echo saved; sleep 0.5; exit 0' TERM; while :; do sleep 0.1; done; : ${mark}`;
    const step = { name: 'runCommand', args: [{ script, args: [mark] }], options: { heartbeatTimeout: '30s' } };
    const handle = await scene.start(taskQueue, 'detailsOfCancel', step);
    await cancel(handle, mark);
    expect(await handle.result()).toMatchObject([{ exitCode: 0, stdout: 'saved\n' }, { survived: 0 }]);
  } finally {
    await scene.end();
  }
});

describe('a function that answers a cancel with details of its own', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.open('own-details');
  });
  afterAll(() => scene?.end());

  // Plain, the cancel comes by a heartbeat.
  test.each([
    ['with the plugin', true],
    ['as without it', false],
  ])('is reported as it is, %s', async (_what, plugin) => {
    const { taskQueue } = await scene.worker({
      extend: extension('runs-commands'),
      ...(!plugin && { plugin: false as const }),
    });
    const mark = scene.newId('mark');
    const options = { heartbeatTimeout: '2s' };
    const handle = await scene.start(taskQueue, 'detailsOfCancel', { name: 'leavesDetails', args: [mark], options });
    await cancel(handle, mark);
    expect(await handle.result()).toEqual(['step', 3]);
    const left = processesWithArgument(mark);
    for (const pid of left) process.kill(pid, 'SIGKILL');
    expect(left.length > 0).toBe(!plugin);
  });
});
