import { ReaperClient } from '../../../src/client';
import { HeartbeatProxy } from '../../fixtures/plugin/heartbeat-proxy';
import { Scene, beatsOn, dead, endOf, extension, stopAndRead } from '../../fixtures/plugin/scene';
import { testServerAddress } from '../../helpers/dev-server';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import { guardiansOf } from '../crash/scene';

jest.setTimeout(180_000);

let scene: Scene;
let workflows: WorkerProcess & { taskQueue: string };

beforeAll(async () => {
  scene = await Scene.open('connections');
  workflows = await scene.worker({ extend: extension('workflow-only') });
  await scene.servesControl();
});
afterAll(() => scene?.end());

test('two connections to one namespace share a thread and a guardian, and each reaper knows the attempts of both', async () => {
  const hostId = scene.newId('host');
  const second = testServerAddress().replace('127.0.0.1', 'localhost');
  const worker = await scene.worker(
    { plugin: { hostId, control: false }, workflows: false, extend: extension('second-connection') },
    { REAPER_TEST_SECOND: second },
  );
  // The requests of four cancels go to two pollers.
  const queues = ['', '-second', '', '-second'].map((suffix) => worker.taskQueue + suffix);
  const runs = await Promise.all(
    queues.map(async (taskQueue) => {
      const program = scene.program();
      const handle = await scene.start(workflows.taskQueue, 'runAll', [program.step({ taskQueue })]);
      return { handle, processes: await program.started() };
    }),
  );
  expect(guardiansOf(worker.pid)).toHaveLength(1);
  const { hosts } = await new ReaperClient(scene.client).listProcesses({ hostIds: [hostId] });
  const listed = hosts.flatMap(({ result }) => result?.attempts ?? []).flatMap(({ processes }) => processes);
  expect(new Set(listed.map(({ pid }) => pid))).toEqual(new Set(runs.map(({ processes: [{ pid }] }) => pid)));

  for (const [index, { handle, processes }] of runs.entries()) {
    await handle.cancel();
    await dead(processes);
    expect(await endOf(handle)).toBe('CANCELLED');
    const next = runs.at(index + 1);
    if (next) await beatsOn(next.processes); // the negative control: it is nobody else's cancel
  }
  await stopAndRead(worker, 'threads: 1\n');
});

test('an identity that a later plugin sets still ends with the location: the kill comes before the cancel', async () => {
  const hostId = scene.newId('host');
  const worker = await scene.worker({
    plugin: { hostId, control: false },
    pluginOn: 'worker',
    workflows: false,
    extend: extension('later-identity'),
  });
  const program = scene.program();
  const handle = await scene.start(workflows.taskQueue, 'runAll', [program.step({ taskQueue: worker.taskQueue })]);
  const processes = await program.started();
  const { raw } = await handle.describe();
  expect(raw.pendingActivities?.map(({ lastWorkerIdentity }) => lastWorkerIdentity)).toEqual([
    `set by a later plugin ${worker.pid}@${hostId}`,
  ]);
  await handle.cancel();
  await dead(processes);
  expect(await endOf(handle)).toBe('CANCELLED');
  await worker.stop();
});

test('metadata that is set before the first Worker is what the reaper sends', async () => {
  const proxy = await HeartbeatProxy.start(testServerAddress());
  try {
    const plugin = { hostId: scene.newId('host'), control: false };
    const worker = await scene.worker({
      address: proxy.address,
      plugin,
      workflows: false,
      extend: extension('new-metadata'),
    });
    await waitUntil('the worker and its reaper each poll through a connection of their own', () => {
      return proxy.pollKeys.size === 2;
    });
    // The negative control is in the fixture: the connection was made without that key.
    expect([...proxy.pollKeys.values()].map((keys) => [...keys])).toEqual([['new'], ['new']]);
    await worker.stop();
  } finally {
    await proxy.stop();
  }
});

test('a reconnect through the same plugin: the reaper sends the new keys, and those that are set while it runs', async () => {
  const proxy = await HeartbeatProxy.start(testServerAddress());
  try {
    const worker = await scene.worker(
      {
        address: proxy.address,
        plugin: { hostId: scene.newId('host'), control: false },
        workflows: false,
        extend: extension('reconnects'),
      },
      { REAPER_TEST_ADDRESS_AGAIN: proxy.address },
    );
    // Each of the two connections, the user's and the reaper's, has something to say.
    const cancelOne = async (): Promise<void> => {
      const program = scene.program();
      const handle = await scene.start(workflows.taskQueue, 'runAll', [program.step({ taskQueue: worker.taskQueue })]);
      const processes = await program.started();
      await handle.cancel();
      await dead(processes);
      expect(await endOf(handle)).toBe('CANCELLED');
    };
    const keysAre = (key: string): Promise<void> =>
      waitUntil(`both connections send "${key}", not ${JSON.stringify([...proxy.latestKeys.values()])}`, () => {
        const latest = [...proxy.latestKeys.values()];
        return latest.length === 2 && latest.every((each) => each === key);
      });

    await cancelOne();
    await keysAre('undefined, undefined');
    worker.child.stdin?.write('stop\n');
    await waitUntil('it has reconnected', () => worker.output().includes('reconnected'));
    await cancelOne();
    await keysAre('second, Bearer second');
    worker.child.stdin?.write('third\n');
    await waitUntil('the user has set them', () => worker.output().includes('keys are set'));
    await cancelOne();
    await keysAre('third, Bearer third');
    expect(worker.output()).not.toContain('runs inline');
    await worker.stop();
    expect(worker.child.exitCode).toBe(0);
  } finally {
    await proxy.stop();
  }
});
