import { readFileSync } from 'node:fs';
import type { WorkflowHandle } from '@temporalio/client';
import { ReaperClient } from '../../../src/client';
import { TestRun } from '../../fixtures/processes/test-run';
import { extension } from '../../fixtures/plugin/scene';
import type { Member, Polling } from '../../fixtures/plugin/several';
import { controlIsServed } from '../../helpers/control-served';
import { type DevServer, startDevServer } from '../../helpers/dev-server';
import { waitUntil } from '../../helpers/wait-until';
import { WorkerProcess } from '../../helpers/worker-process';
import { CancelSuite, type Processes, expectKilledBeforeCancelled } from '../cancel/suite';

jest.setTimeout(120_000);

// One process with a Worker on each of: two clusters with a namespace of the same name, another namespace, the address
// that a Worker without a connection takes, two test environments. All share one plugin object.
const DEFAULT_PORT = 7233;
const WITHOUT_CONNECTION = 'no connection';

/** Whether the kernel has a listener on that port. */
function isTaken(port: number): boolean {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const sockets = ['tcp', 'tcp6'].flatMap((name) => readFileSync(`/proc/net/${name}`, 'utf8').split('\n'));
  return sockets
    .map((line) => line.trim().split(/\s+/))
    .some(([, local, , state]) => local?.endsWith(end) && state === '0A');
}
const hasDefault = !isTaken(DEFAULT_PORT);

const run = new TestRun();
let server: DevServer;
let worker: WorkerProcess;
let hostId: string;
/** By name: where its runs are started. */
const places = new Map<string, { suite: CancelSuite; taskQueue: string }>();
const suites: CancelSuite[] = [];
const environments: CancelSuite[] = [];

beforeAll(async () => {
  server = await startDevServer({ port: hasDefault ? DEFAULT_PORT : undefined });
  const open = async (...where: Parameters<typeof CancelSuite.open>): Promise<CancelSuite> => {
    const suite = await CancelSuite.open(...where);
    suites.push(suite);
    return suite;
  };
  const [a, b] = [await open(), await open(server.address)];
  const inOwnNamespace = await open(a.address, { ownNamespace: true });
  const members: Member[] = [];
  const add = (name: string, suite: CancelSuite, connection: Member['connection'] | 'first'): string => {
    const taskQueue = suite.unique(name);
    const { namespace } = suite.client.options;
    if (connection !== 'first') members.push({ taskQueue, connection, namespace });
    if (connection !== 'environment') places.set(name, { suite, taskQueue });
    return taskQueue;
  };
  const taskQueue = add('cluster a', a, 'first');
  add('cluster b', b, { address: b.address });
  add('another namespace', inOwnNamespace, { address: a.address });
  if (hasDefault) add(WITHOUT_CONNECTION, b, 'none');
  const queues = ['environment 1', 'environment 2'].map((name) => add(name, a, 'environment'));
  hostId = a.unique('host');
  const plugin = { hostId, control: true };
  worker = await WorkerProcess.start(
    { address: a.address, taskQueue, plugin, ...a.bundle('with'), extend: extension('several') },
    { REAPER_TEST_RUN: run.id, REAPER_TEST_SEVERAL: JSON.stringify(members) },
  );
  const polling = (): Polling[] => {
    const lines = worker.output().split('\n');
    return lines.filter((line) => line.startsWith('{"taskQueue"')).map((line) => JSON.parse(line) as Polling);
  };
  await waitUntil('all members poll', () => polling().length === members.length, { timeoutMs: 30_000 });
  for (const taskQueue of queues) {
    const suite = await CancelSuite.open(polling().find((member) => member.taskQueue === taskQueue)?.address);
    environments.push(suite);
    places.set(taskQueue, { suite, taskQueue });
  }
  await controlIsServed(a.connection, { workerPid: worker.pid });
});
afterAll(async () => {
  // Their servers end with the worker.
  await Promise.all(environments.splice(0).map((suite) => suite.end()));
  await worker?.stop();
  await Promise.all(suites.map((suite) => suite.end()));
  await server?.stop();
  await run.end();
});

interface Run {
  suite: CancelSuite;
  handle: WorkflowHandle;
  processes: Processes;
}

/** A run in each place; they have one workflow id where they can. */
async function startAll(workflowId: string): Promise<Run[]> {
  return Promise.all(
    [...places].map(async ([name, { suite, taskQueue }]) => {
      const processes = suite.processes();
      const id = name === WITHOUT_CONNECTION ? `${workflowId} too` : workflowId;
      const handle = await suite.start('', 'runAll', [[processes.step()]], { workflowId: id, taskQueue });
      await processes.started();
      return { suite, handle, processes };
    }),
  );
}

/** Ends each run in turn; the others are the negative controls. */
async function endInTurn(runs: Run[], end: (run: Run) => Promise<void>): Promise<void> {
  const left = [...runs];
  for (let run = left.shift(); run; run = left.shift()) {
    await end(run);
    await run.processes.died();
    await Promise.all(left.map(({ processes }) => processes.goOn()));
  }
}

test('a cancel in one place kills there, before the activity is cancelled, and nowhere else', async () => {
  await endInTurn(await startAll('cancelled'), async ({ suite, handle, processes }) => {
    await handle.cancel();
    await processes.died();
    await expectKilledBeforeCancelled(handle, [processes]);
    expect(await suite.closed(handle)).toBe('CANCELLED');
  });
});

test('so does a terminate, in the reverse order: each is watched on its own server', async () => {
  await endInTurn((await startAll('terminated')).reverse(), async ({ handle }) => {
    await handle.terminate('test');
  });
});

test('to kill the whole host is to kill what its own namespace has there', async () => {
  const [ours, ...others] = await startAll('killed');
  const reaper = new ReaperClient(ours.suite.client);
  const { hosts } = await reaper.listProcesses({ hostIds: [hostId] });
  const listed = hosts.flatMap(({ result }) => result?.attempts ?? []).flatMap(({ processes }) => processes);
  expect(listed.map(({ pid }) => pid)).toEqual([ours.processes.pidOf('main')]);
  await reaper.killAll({ hostIds: [hostId], escalation: { graceMs: 1_000 } });
  await ours.processes.died();
  await Promise.all(others.map(({ processes }) => processes.goOn()));
  await Promise.all(others.map(({ handle }) => handle.terminate('test')));
  await Promise.all(others.map(({ processes }) => processes.died()));
});

test('each of them ends in order', async () => {
  expect(worker.output()).not.toMatch(/PLUGIN_CONFLICT|runs inline/);
  await Promise.all(environments.splice(0).map((suite) => suite.end()));
  await worker.stop();
  expect(worker.output()).toContain(`ended in order: ${places.size - 1}\n`);
  expect(worker.child.exitCode).toBe(0);
});

const why = hasDefault ? '' : ` (skipped: port ${DEFAULT_PORT} is taken)`;
(hasDefault ? test : test.skip)(`a Worker without a connection was among them${why}`, () => {
  expect([...places.keys()]).toContain(WITHOUT_CONNECTION);
});
