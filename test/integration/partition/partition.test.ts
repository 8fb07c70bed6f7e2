import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { type CancelOutcome, ReaperClient } from '../../../src/client';
import { longestKillMs } from '../../../src/contract/kill-timeouts';
import { testServerAddress } from '../../helpers/dev-server';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import type { Processes } from '../cancel/suite';
import { CrashScene, escalation, programsOf } from '../crash/scene';
import { CutOffHost, whyNoNamespaces } from './cut-off-host';

const START_TO_CLOSE_MS = 25_000;
/** What the SDK adds to a start-to-close timeout is 5 s. */
const BEFORE_THE_SDK_MS = 4_000;
/** How long gRPC may take to notice that a link is back: its keepalive, and the backoff of TCP. */
const BACK_MS = 90_000;

jest.setTimeout(240_000);

const why = whyNoNamespaces();
const suite = why === undefined ? describe : describe.skip;

suite(`a host that is cut off from Temporal${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let scene: CrashScene;
  let link: CutOffHost;
  let reaper: ReaperClient;
  let workerA: WorkerProcess;
  let workerB: WorkerProcess;
  let hostA: string;
  let timed: Processes;
  let cancelled: Processes;
  let timedRun: WorkflowHandle;
  let begunAt: number;
  let outcome: CancelOutcome;
  let bytesWhileCut: number;

  const startOn = (queue: string, processes: Processes, options: object): Promise<WorkflowHandle> => {
    const ran = scene.newFile('ran');
    const step = { name: 'runOnce', args: [processes.program, ran], taskQueue: scene.suite.unique(queue), options };
    return scene.suite.start('workflows', 'runAll', [[step]]);
  };

  beforeAll(async () => {
    scene = await CrashScene.open(undefined, { ownNamespace: true });
    link = await CutOffHost.open(testServerAddress());
    reaper = new ReaperClient(scene.suite.client);
    hostA = scene.hostId('a');
    await scene.worker('control', { control: true });
    // No room for a third one: the server would give it to a poll that is cut off, and lose it.
    const full = { maxConcurrentActivityTaskExecutions: 2 };
    workerA = await scene.worker('work', { host: 'a' }, { address: link.address, worker: full }, link.prefix);
    timed = scene.suite.processes('daemonises');
    cancelled = scene.suite.processes('forks-children');
    begunAt = Date.now();
    timedRun = await startOn('work', timed, { startToCloseTimeout: START_TO_CLOSE_MS, retry: { maximumAttempts: 2 } });
    const cancelledRun = await startOn('work', cancelled, { retry: { maximumAttempts: 1 } });
    for (const processes of [timed, cancelled]) await processes.started();
    workerB = await scene.worker('work', { host: 'b', fence: 'cluster' });

    link.cut();
    await delay(300); // what was on its way arrives
    const before = link.bytes;
    const { workflowId } = cancelledRun;
    outcome = await reaper.cancelWorkflow({ workflowId });
    await timed.died(START_TO_CLOSE_MS + 10_000);
    bytesWhileCut = link.bytes - before;
  });
  afterAll(async () => {
    try {
      await scene?.end();
    } finally {
      await link?.close();
    }
  });

  test('nothing went over the link while it was cut', () => expect(bytesWhileCut).toBe(0));

  test('start-to-close kills there at its time, though no server answers', async () => {
    await scene.gone([timed]);
    expect(timed.lastBeat()).toBeGreaterThan(begunAt + START_TO_CLOSE_MS - 1_000);
    const isInTime = timed.lastBeat() < timed.startedAt() + START_TO_CLOSE_MS + BEFORE_THE_SDK_MS;
    // What the worker says would be lost otherwise.
    expect(isInTime ? 'in time' : workerA.output()).toBe('in time');
  });

  test('the next attempt runs on the other host', async () => {
    expect(await timedRun.result()).toEqual(['ran before']);
    expect(timed.attempts()).toEqual([1, 2]);
    expect(workerB.output()).toContain('Hosts did not answer the fence');
    expect(workerB.output()).toContain(hostA);
  });

  test('a cancel is bounded, and names it as unreachable', async () => {
    const named = outcome.hosts.map(({ hostId, status }) => ({ hostId, status }));
    expect(named).toEqual([{ hostId: hostA, status: 'unreachable' }]);
    expect(outcome.cancelError).toBeUndefined();
    expect(outcome).toMatchObject({ cancel: 'cancel', unreached: ['1'] });
    expect(outcome.cancelRequestedAt).toBeLessThan(outcome.requestedAt + longestKillMs(escalation));
    // Nobody can have told it: without the link there is no kill.
    await cancelled.goOn();
  });

  test('when the link is back, the watch kills what was cancelled meanwhile', async () => {
    link.mend();
    await cancelled.died(BACK_MS);
    await scene.gone([timed, cancelled]);
  });

  test('and its worker serves work and kills again', async () => {
    await workerB.stop(); // whatever runs now runs on the host that was cut off
    const processes = scene.suite.processes('daemonises');
    const handle = await startOn('work', processes, { retry: { maximumAttempts: 1 } });
    await waitUntil(
      'its reaper answers',
      async () => {
        const [host] = await reaper.listHosts({ hostIds: [hostA] });
        return host?.workers.some(({ status }) => status === 'answered') ?? false;
      },
      { timeoutMs: BACK_MS, everyMs: 500 },
    );
    await processes.started();
    const { hosts } = await reaper.cancelWorkflow({ workflowId: handle.workflowId, escalation });
    expect(hosts.map(({ hostId, status }) => ({ hostId, status }))).toEqual([{ hostId: hostA, status: 'answered' }]);
    expect(programsOf(processes)).toEqual([]);
  });
});
