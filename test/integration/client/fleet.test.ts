import { setMaxListeners } from 'node:events';
import { Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { listAttempts } from '../../../src/activities/list';
import { ReaperClient } from '../../../src/client';
import { attemptsOf, fitKills, processesOf } from '../../../src/contract/answer-size';
import type { AnswerLimit, KillResult } from '../../../src/contract/host-requests';
import { type Fate, isAlive } from '../../../src/contract/kill-report';
import { aliveOn, deadOn, isIncomplete } from '../../../src/contract/outcomes';
import { requestWorkflowId } from '../../../src/contract/request-ids';
import { CONTROL_TASK_QUEUE, formatIdentity, workerTaskQueue } from '../../../src/contract/task-queues';
import { Scene } from '../../fixtures/plugin/scene';
import { testServerAddress } from '../../helpers/dev-server';
import { waitUntil } from '../../helpers/wait-until';

jest.setTimeout(180_000);

const WORKERS = 200;
/**
 * `temporal.api.enums.v1.WorkflowTaskFailedCause`: more than a hundred answers came during one task, and the server begins
 * another task to deliver them. Nothing is lost.
 */
const BUFFER_IS_FULL = 17;
/** Of the first worker; each of the others has 100. */
const MANY = 20_000;
const FEW = 100;
const TOTAL = MANY + (WORKERS - 1) * FEW;
/** Temporal's default; a payload that exceeds it never gets through. */
const PAYLOAD_LIMIT = 2 * 1024 * 1024;

let scene: Scene;
/** Each carries the open polls of some of the workers. */
let connections: Connection[] = [];
let client: ReaperClient;
const ended = new AbortController();
const served: Promise<void>[] = [];

const bytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const locationOf = (index: number) => ({ hostId: `light-${index}`, workerPid: 100_000 + index });
const countOf = (index: number): number => (index === 0 ? MANY : FEW);

const attempt = { namespace: '', workflowId: 'made up', runId: '0'.repeat(36), activityId: '1', attempt: 1 };
const process_ = (pid: number) => ({ pid, startTicks: '123456789', ppid: 1, pgid: pid, sid: pid, name: 'made-up' });
const usage = { startedAt: 1_796_000_000_000, cpuMs: 123_456_780, memoryBytes: 12_345_678_848 };
const processes = (count: number) => Array.from({ length: count }, (_, index) => process_(1_000_000 + index));

function portOf(index: number): Parameters<typeof listAttempts>[0] {
  const about = { level: 'scan', levelReason: '', form: 'thread', version: '0' } as const;
  const entry = { attempt, activityType: 'run', openedAt: 0 } as ReturnType<
    Parameters<typeof listAttempts>[0]['entries']
  >[number];
  return {
    describe: () => ({ ...locationOf(index), ...about }),
    entries: () => [entry],
    findProcesses: async () => processes(countOf(index)).map((each) => ({ ...each, ...usage, state: 'S' })),
  };
}

/** The last worker leaves one process of its many alive. */
function killsOf(index: number): KillResult {
  const fate = (at: number): Fate => (index === WORKERS - 1 && at === FEW - 1 ? 'survived' : 'exited');
  const dead = processes(countOf(index)).map((each, at) => ({ ...each, fate: fate(at) }));
  const report = { level: 'scan', proof: 'scan', startedAt: 0, durationMs: 1, looks: 1, processes: dead } as const;
  return { ...locationOf(index), kills: [{ attempt, report: { ...report, processes: dead } }] };
}

/** A worker that is nothing but its polls: it is listed, and answers as a reaper does. */
async function serve(index: number, connection: Connection): Promise<void> {
  const { workflowService } = connection;
  const { namespace } = scene;
  const identity = formatIdentity(undefined, locationOf(index));
  const poll = (name: string) =>
    connection.withDeadline(Date.now() + 150_000, () =>
      workflowService.pollActivityTaskQueue({ namespace, identity, taskQueue: { name } }),
    );
  const listed = poll(CONTROL_TASK_QUEUE);
  listed.catch(() => undefined); // ended
  for (;;) {
    const { taskToken, activityType, input } = await poll(workerTaskQueue(locationOf(index)));
    if (!taskToken || taskToken.length === 0) continue;
    const { maxBytes } = defaultPayloadConverter.fromPayload<AnswerLimit>(input?.payloads?.[0] ?? {});
    const answer =
      activityType?.name === 'list'
        ? await listAttempts(portOf(index), { maxBytes })
        : fitKills(killsOf(index), maxBytes);
    const result = { payloads: [defaultPayloadConverter.toPayload(answer)] };
    await workflowService.respondActivityTaskCompleted({ namespace, identity, taskToken, result });
  }
}

beforeAll(async () => {
  scene = await Scene.open('fleet');
  await scene.worker();
  await scene.servesControl();
  setMaxListeners(0, ended.signal);
  const open = () =>
    Connection.connect({ address: testServerAddress(), channelArgs: { 'grpc.use_local_subchannel_pool': 1 } });
  connections = await Promise.all(Array.from({ length: 8 }, open));
  client = new ReaperClient(scene.client);
  for (let index = 0; index < WORKERS; index++) {
    const connection = connections[index % connections.length];
    const serving = connection.withAbortSignal(ended.signal, () => serve(index, connection));
    served.push(
      serving.catch((error: unknown) => {
        if (!ended.signal.aborted) console.error(error);
      }),
    );
  }
  await waitUntil(
    'all light workers are listed',
    async () => {
      const { versionsInfo } = await scene.connection.workflowService.describeTaskQueue({
        namespace: scene.namespace,
        taskQueue: { name: CONTROL_TASK_QUEUE },
        apiMode: 1,
        taskQueueTypes: [2],
        reportPollers: true,
      });
      const pollers = Object.values(versionsInfo).flatMap(({ typesInfo }) => typesInfo?.[2]?.pollers ?? []);
      return new Set(pollers.map(({ identity }) => identity)).size > WORKERS;
    },
    { timeoutMs: 60_000, everyMs: 200 },
  );
});
afterAll(async () => {
  ended.abort();
  await Promise.all(served);
  await Promise.all(connections.map((connection) => connection.close()));
  await scene?.end();
});

test(`a list of ${WORKERS} workers and ${TOTAL} processes fits into a payload, and counts all`, async () => {
  const whole = Array.from({ length: WORKERS }, (_, index) => portOf(index).findProcesses({} as never));
  expect(bytes(await Promise.all(whole))).toBeGreaterThan(PAYLOAD_LIMIT);

  let outcome = await client.listProcesses();
  const light = (): typeof outcome.hosts => outcome.hosts.filter(({ hostId }) => hostId.startsWith('light-'));
  // On a busy machine, some of so many workers answer too late.
  for (let tries = 1; tries < 5 && light().some(({ status }) => status !== 'answered'); tries++) {
    outcome = await client.listProcesses();
  }
  expect(light().map(({ status, message }) => message ?? status)).toEqual(light().map(() => 'answered'));
  expect(light()).toHaveLength(WORKERS);
  expect(bytes(outcome)).toBeLessThan(PAYLOAD_LIMIT / 2);
  const results = light().flatMap(({ result }) => result ?? []);
  expect(results.reduce((sum, result) => sum + processesOf(result), 0)).toBe(TOTAL);
  expect(results.map(attemptsOf)).toEqual(results.map(() => 1));
  const summaries = await client.listHosts({ hostIds: ['light-0'] });
  expect(summaries).toMatchObject([{ hostId: 'light-0', workers: [{ status: 'answered', processes: MANY }] }]);
});

test('the outcome of a kill on all of them fits, names the one survivor, and no workflow task fails', async () => {
  const outcome = await client.killAll();
  const light = outcome.hosts.filter(({ hostId }) => hostId.startsWith('light-'));
  expect(light.map(({ status, message }) => message ?? status)).toEqual(light.map(() => 'answered'));
  expect(bytes(outcome)).toBeLessThan(PAYLOAD_LIMIT / 2);
  expect(light.reduce((sum, host) => sum + deadOn(host), 0)).toBe(TOTAL - 1);
  expect(light.filter((host) => aliveOn(host) > 0).map(({ hostId }) => hostId)).toEqual([`light-${WORKERS - 1}`]);
  const listed = light.flatMap(({ result }) => (result?.kills ?? []).flatMap(({ report }) => report.processes));
  expect(listed.filter(isAlive)).toHaveLength(1);
  expect(isIncomplete(outcome)).toBe(true);

  const { events } = await scene.client.workflow.getHandle(requestWorkflowId.killAll({})).fetchHistory();
  const causes = (events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
    failed ? [Number(failed.cause)] : [],
  );
  expect(causes.filter((cause) => cause !== BUFFER_IS_FULL)).toEqual([]);
});
