import type { WorkflowFailedError } from '@temporalio/client';
import { type CancelOutcome, isIncomplete } from '../../src/client';
import { ATTEMPT_KILLED } from '../../src/contract/errors';
import type { Route } from '../fixtures/activities';
import type { WorkerFixture } from '../fixtures/worker';
import { waitUntil } from '../helpers/wait-until';
import { guardianOf } from '../integration/crash/scene';
import type { Cell } from './lab';
import { syncRoutes } from './shapes';

/** Timeout, long enough for all processes of a cell to start. */
export const TIMEOUT_MS = 15_000;
/** Long enough for two heartbeats, even on a busy host. */
const HEARTBEAT_TIMEOUT_MS = 8_000;

/** One way in which an activity, its workflow or its worker ends: a row of docs/guarantees.md. */
export interface Ending {
  name: string;
  /** What happens with temporal-reaper, for people. */
  happens: string;
  /** The documented bound, for people. */
  within: string;
  /** The bound for tests: generous, and with half a second of grace for processes that ignore SIGTERM. */
  boundMs: number;
  /** What becomes of the processes without temporal-reaper, for people. */
  without: string;
  /** What the negative control asserts; `none`: the ending does not exist without temporal-reaper. */
  control: 'go on' | 'none';
  /** If plain Temporal leaves only some processes alive: the control's shape, and the roles that keep running. */
  controlled?: { shape: string; roles: string[] };
  /** Why the processes outlive the ending: because the user wants it, or because it does not work yet. */
  outlives?: { byDesign: boolean; why: string };
  /** The routes that are tried. Default: those that do not block the main loop; with `mayBlock`, all. */
  routes?: Route[];
  mayBlock?: boolean;
  /** Its worker: shared by several rows, or its own, with all shapes at once, which are ended together. */
  worker?: { queue: string; own?: boolean; host?: boolean; fixture?: Partial<WorkerFixture> };
  /** Where the workflow runs. Default: a worker only for workflows; `bare`: without the plugin; `same`: the activity's. */
  workflows?: 'bare' | 'same';
  /** Time from the start of the workflow to the ending, if it happens by itself. */
  dueMs?: number;
  start(cell: Cell): Promise<void>;
  /** Causes the ending; called once for all cells of its own worker. */
  end(cell: Cell): Promise<unknown>;
  /** Asserts how attempt and workflow have ended. */
  ended(cell: Cell): Promise<void>;
}

/* ---- What cells start ---- */

/** A workflow with one activity. */
const runs =
  (options: object = {}, workflow: object = {}) =>
  (cell: Cell): Promise<void> =>
    cell.start('runAll', [[cell.step(options)]], workflow);

/** An activity that ends in this way when it is told to. */
const runsUntil =
  (how: 'throws' | 'returns' | 'completes later') =>
  (cell: Cell): Promise<void> =>
    cell.start('runAll', [[cell.step({}, 'endWhen', [cell.program(), how, cell.file('end')])]]);

const movesOn =
  (how: 'return' | 'continue as new') =>
  (cell: Cell): Promise<void> =>
    cell.start('moveOn', [cell.step({ cancellationType: cell.pick('TRY_CANCEL', 'ABANDON') }), how]);

async function standalone(cell: Cell, heartbeatMs?: number): Promise<void> {
  cell.activity = await cell.lab.client.activity.start('runOnce', {
    id: cell.lab.newId('standalone'),
    taskQueue: cell.queue,
    args: [cell.program({ heartbeatMs }), cell.file('ran')],
    startToCloseTimeout: '10m',
    ...(heartbeatMs !== undefined && { heartbeatTimeout: '4s' }),
  });
}

/* ---- How cells end ---- */

/** The workflow is closed in this way, after these attempts. */
const closed =
  (status: string, attempts = [1]) =>
  async (cell: Cell): Promise<void> => {
    expect(await cell.status()).toBe(status);
    expect(cell.processes.attempts()).toEqual(attempts);
  };

/** The workflow failed because its activity failed with this ApplicationFailure type or error name. */
const failed =
  (as: string) =>
  async (cell: Cell): Promise<void> => {
    await closed('FAILED')(cell);
    const error: unknown = await cell.handle.result().catch((reason: unknown) => reason);
    const cause = (error as WorkflowFailedError).cause?.cause as Error & { type?: string };
    expect(cause.type ?? cause.name).toBe(as);
  };

const returned =
  (result: unknown) =>
  async (cell: Cell): Promise<void> => {
    await closed('COMPLETED')(cell);
    expect(await cell.handle.result()).toEqual(result);
  };

const standaloneIs =
  (status: string) =>
  async ({ activity }: Cell): Promise<void> => {
    let latest: unknown;
    const isSo = async (): Promise<boolean> => (latest = (await activity?.describe())?.status) === status;
    try {
      await waitUntil(`it is ${status}`, isSo, { timeoutMs: 25_000, everyMs: 100 });
    } catch (error) {
      throw new Error(`it is ${String(latest)}, and not ${status}`, { cause: error });
    }
  };

/** Temporal has not been told: the attempt stays open until its timeout. */
const unknownToTemporal = async (cell: Cell): Promise<void> => {
  expect((await cell.handle.describe()).status.name).toBe('RUNNING');
  expect(await cell.pendingAttempt()).toBe(1);
  expect(cell.processes.attempts()).toEqual([1]);
};

const shutDownInOrder = async (cell: Cell): Promise<void> => {
  const { worker } = cell;
  await waitUntil('the worker has ended', () => !worker.running);
  expect([worker.child.exitCode, worker.child.signalCode]).toEqual([0, null]);
  expect(await cell.pendingAttempt()).toBe(2);
};

/** The worker is dead, and Temporal has not been told. */
async function diedBy(cell: Cell, signal: NodeJS.Signals): Promise<void> {
  await waitUntil('the worker has ended', () => !cell.worker.running);
  expect(cell.worker.child.signalCode).toBe(signal);
  await unknownToTemporal(cell);
}

/** Asserts that the outcome reports nothing left and an answer from every host. */
function complete(outcome: CancelOutcome): void {
  if (isIncomplete(outcome)) throw new Error(`The outcome is incomplete: ${JSON.stringify(outcome)}`);
}

const isUnreached = ({ hosts }: CancelOutcome): boolean => hosts.some(({ status }) => status === 'unreachable');

const reset = ({ lab, handle }: Cell): Promise<unknown> =>
  lab.connection.workflowService.resetActivity({
    namespace: lab.namespace,
    execution: { workflowId: handle.workflowId },
    id: 'it',
    identity: 'matrix',
  });

/** A namespace allows only one batch at a time. */
async function cancelByQuery({ lab, handle }: Cell): Promise<void> {
  const query = `WorkflowId = "${handle.workflowId}"`;
  let refusal = '';
  const begun = async (): Promise<boolean> => {
    refusal = await lab
      .cli('workflow', 'cancel', '--query', query, '--reason', 'matrix', '--yes')
      .then(() => '')
      .catch((error: Error) => error.message);
    return !refusal.includes('Max concurrent batch operations');
  };
  await waitUntil('there is room for a batch', begun, { timeoutMs: 30_000, everyMs: 100 });
  if (refusal !== '') throw new Error(refusal);
}

const nothing = async (): Promise<void> => undefined;
const byId = ({ handle: { workflowId } }: Cell) => ({ workflowId, activityId: 'it' });

/* ---- Bounds ---- */

const atOnce = { within: 'at once', boundMs: 5_000 };
const byWatch = { within: 'about a second', boundMs: 5_000 };
const goOn = { without: 'they keep running', control: 'go on' as const };
const notThere = { without: 'does not apply', control: 'none' as const };

/** A worker that dies together with all its cells. */
const dying = (queue: string, fixture: Partial<WorkerFixture> = {}) => ({ worker: { queue, own: true, fixture } });

export const endings: Ending[] = [
  {
    name: 'workflow cancel by a client',
    happens: 'killed, then the activity is cancelled; one attempt',
    ...atOnce,
    ...goOn,
    mayBlock: true,
    start: runs(),
    end: (cell) => cell.handle.cancel(),
    ended: closed('CANCELLED'),
  },
  {
    name: '`temporal workflow cancel`',
    happens: 'killed, then the activity is cancelled; one attempt',
    ...atOnce,
    ...goOn,
    mayBlock: true,
    start: runs(),
    end: (cell) => cell.lab.cli('workflow', 'cancel', '-w', cell.handle.workflowId),
    ended: closed('CANCELLED'),
  },
  {
    name: 'cancel by a query (batch)',
    happens: 'killed, then the activity is cancelled; one attempt',
    within: 'when the batch reaches it',
    boundMs: 20_000,
    ...goOn,
    start: runs(),
    end: cancelByQuery,
    ended: closed('CANCELLED'),
  },
  {
    name: 'cancel of a parent workflow',
    happens: 'killed, then the activity is cancelled; one attempt',
    ...atOnce,
    ...goOn,
    mayBlock: true,
    start: (cell) => cell.start('runInChild', [cell.lab.newId('child'), [cell.step()]]),
    end: (cell) => cell.handle.cancel(),
    ended: closed('CANCELLED'),
  },
  {
    name: '`CancellationScope` of the workflow',
    happens: 'killed, then the activity is cancelled; the workflow continues',
    ...atOnce,
    ...goOn,
    mayBlock: true,
    start: (cell) => cell.start('cancelScopeOnSignal', [[cell.step()], []]),
    end: (cell) => cell.handle.signal('cancelScope'),
    ended: returned(['cancelled']),
  },
  {
    name: 'cancel of a workflow without the interceptor',
    happens: 'the activity is cancelled, then killed; one attempt',
    ...byWatch,
    ...goOn,
    mayBlock: true,
    workflows: 'bare',
    start: runs(),
    end: (cell) => cell.handle.cancel(),
    ended: closed('CANCELLED'),
  },
  {
    name: 'terminate',
    happens: 'killed; nothing is retried',
    ...byWatch,
    ...goOn,
    mayBlock: true,
    start: runs(),
    end: (cell) => cell.handle.terminate(),
    ended: closed('TERMINATED'),
  },
  {
    name: 'workflow run timeout',
    happens: 'killed; nothing is retried',
    ...byWatch,
    ...goOn,
    mayBlock: true,
    dueMs: TIMEOUT_MS,
    start: runs({}, { workflowRunTimeout: TIMEOUT_MS }),
    end: nothing,
    ended: closed('TIMED_OUT'),
  },
  {
    name: 'workflow reset',
    happens: 'killed; the new run starts the activity again',
    ...byWatch,
    ...goOn,
    mayBlock: true,
    start: runs(),
    end: (cell) =>
      cell.lab.connection.workflowService.resetWorkflowExecution({
        namespace: cell.lab.namespace,
        workflowExecution: cell.handle,
        requestId: cell.handle.workflowId,
        workflowTaskFinishEventId: 4 as never, // the first workflow task's completion
      }),
    // attempt 1 of the run that was reset, and attempt 1 of the new run
    ended: closed('COMPLETED', [1, 1]),
  },
  {
    name: 'continue-as-new while the activity runs',
    happens: 'killed, with `TRY_CANCEL` as with `ABANDON`',
    ...byWatch,
    ...goOn,
    mayBlock: true,
    start: movesOn('continue as new'),
    end: (cell) => cell.handle.signal('finish'),
    ended: closed('COMPLETED'),
  },
  {
    name: 'completion of the workflow while the activity runs',
    happens: 'killed, with `TRY_CANCEL` as with `ABANDON`',
    ...byWatch,
    ...goOn,
    mayBlock: true,
    start: movesOn('return'),
    end: (cell) => cell.handle.signal('finish'),
    ended: returned('moved on'),
  },
  {
    name: 'start-to-close timeout',
    happens: 'killed; the attempt times out',
    within: 'at the deadline',
    boundMs: 5_000,
    ...goOn,
    mayBlock: true,
    dueMs: TIMEOUT_MS,
    start: runs({ startToCloseTimeout: TIMEOUT_MS, retry: { maximumAttempts: 1 } }),
    end: nothing,
    ended: failed('TimeoutFailure'),
  },
  {
    name: 'schedule-to-close timeout',
    happens: 'killed; the activity times out',
    within: 'at the deadline',
    boundMs: 5_000,
    ...goOn,
    mayBlock: true,
    dueMs: TIMEOUT_MS,
    start: runs({ startToCloseTimeout: '10m', scheduleToCloseTimeout: TIMEOUT_MS }),
    end: nothing,
    ended: failed('TimeoutFailure'),
  },
  {
    name: 'heartbeat timeout',
    happens: 'killed; the next attempt begins',
    within: 'at the deadline: one timeout after the last heartbeat that the SDK has sent',
    // The SDK may hold the last heartbeat back for up to 0.8 of the timeout.
    boundMs: 1.8 * HEARTBEAT_TIMEOUT_MS + 4_000,
    ...goOn,
    start: (cell) => {
      const args = [cell.program(), cell.file('ran'), cell.file('end')];
      const options = { heartbeatTimeout: HEARTBEAT_TIMEOUT_MS, startToCloseTimeout: '10m' } as const;
      return cell.start('runAll', [[cell.step(options, 'beatUntil', args)]]);
    },
    end: async (cell) => cell.put(),
    ended: closed('COMPLETED', [1, 2]),
  },
  {
    name: 'activity pause',
    happens: 'killed; the activity stays paused',
    // No event shows a pause, only a look at the run, and looks are rarer when a poll watches the run.
    within: 'about five seconds',
    boundMs: 10_000,
    ...goOn,
    mayBlock: true,
    start: runs(),
    end: (cell) =>
      cell.lab.connection.workflowService.pauseActivity({
        namespace: cell.lab.namespace,
        execution: { workflowId: cell.handle.workflowId },
        id: 'it',
      }),
    ended: async (cell) => {
      const [pending] = (await cell.handle.describe()).raw.pendingActivities ?? [];
      expect(pending?.paused).toBe(true);
      expect(cell.processes.attempts()).toEqual([1]);
    },
  },
  {
    name: 'activity reset, it heartbeats',
    happens: 'killed when a heartbeat brings the reset; the next attempt begins',
    within: '0.8 of the heartbeat timeout',
    boundMs: 8_500,
    ...goOn,
    start: (cell) => {
      const args = [cell.program({ heartbeatMs: 200 }), cell.file('ran')];
      return cell.start('runAll', [
        [cell.step({ heartbeatTimeout: '4s', startToCloseTimeout: '10m' }, 'runOnce', args)],
      ]);
    },
    end: reset,
    ended: closed('COMPLETED', [1, 2]),
  },
  {
    name: 'activity reset, it is silent',
    happens: 'nothing: the server tells nobody of the reset, and the attempt continues',
    within: '-',
    boundMs: 0,
    ...goOn,
    outlives: {
      byDesign: false,
      why: 'only the reply to a heartbeat reports a reset; no call to the server shows it',
    },
    start: runs(),
    end: reset,
    ended: nothing,
  },
  {
    name: 'activity options updated: start-to-close shortened below the time that has passed',
    happens: 'killed; the attempt times out',
    ...byWatch,
    ...goOn,
    mayBlock: true,
    start: runs({ startToCloseTimeout: '10m', retry: { maximumAttempts: 1 } }),
    end: ({ lab, handle }) =>
      lab.connection.workflowService.updateActivityOptions({
        namespace: lab.namespace,
        execution: { workflowId: handle.workflowId },
        id: 'it',
        identity: 'matrix',
        activityOptions: { startToCloseTimeout: { nanos: 100_000_000 } },
        updateMask: { paths: ['start_to_close_timeout'] },
      }),
    ended: failed('TimeoutFailure'),
  },
  {
    name: 'activity completed by id from outside',
    happens: 'killed; the result stands',
    ...byWatch,
    ...goOn,
    mayBlock: true,
    start: runs(),
    end: (cell) => cell.lab.client.activity.complete(byId(cell), 'from outside'),
    ended: returned(['from outside']),
  },
  {
    name: 'activity failed by id from outside',
    happens: 'killed; the failure stands',
    ...byWatch,
    ...goOn,
    mayBlock: true,
    start: runs({ retry: { maximumAttempts: 1 } }),
    end: (cell) => cell.lab.client.activity.fail(byId(cell), new Error('from outside')),
    ended: failed('Error'),
  },
  {
    name: 'the activity throws',
    happens: 'killed, then the attempt fails with its own error',
    ...atOnce,
    ...goOn,
    start: runsUntil('throws'),
    end: async (cell) => cell.put(),
    ended: failed('ToldToThrow'),
  },
  {
    name: "the activity returns, `leftovers: 'leave'`",
    happens: 'left alone',
    within: '-',
    boundMs: 0,
    ...goOn,
    outlives: { byDesign: true, why: '`leave` asks for it' },
    worker: { queue: 'leaves', fixture: { plugin: { leftovers: 'leave' } } },
    start: runsUntil('returns'),
    end: async (cell) => cell.put(),
    ended: returned(['returned']),
  },
  {
    name: "the activity returns, `leftovers: 'warn'` (the default)",
    happens: 'left alone, and named in the log',
    within: '-',
    boundMs: 0,
    ...goOn,
    outlives: { byDesign: true, why: 'the default only warns' },
    start: runsUntil('returns'),
    end: async (cell) => cell.put(),
    ended: async (cell) => {
      await returned(['returned'])(cell);
      const pid = String(cell.processes.pidOf(cell.processes.alive()[0]));
      await waitUntil(`the log names ${pid}`, () =>
        new RegExp(`left processes behind[^}]*\\b${pid} `).test(cell.worker.output()),
      );
    },
  },
  {
    name: "the activity returns, `leftovers: 'kill'`",
    happens: 'killed, then the attempt completes',
    ...atOnce,
    ...goOn,
    worker: { queue: 'kills', fixture: { plugin: { leftovers: 'kill' } } },
    start: runsUntil('returns'),
    end: async (cell) => cell.put(),
    ended: returned(['returned']),
  },
  {
    name: "asynchronous completion, then completed by id, `leftovers: 'kill'`",
    happens: 'kept until it is completed, then killed',
    ...byWatch,
    ...goOn,
    worker: { queue: 'kills', fixture: { plugin: { leftovers: 'kill' } } },
    start: runsUntil('completes later'),
    end: async (cell) => {
      cell.put();
      await new Promise((resolve) => setTimeout(resolve, 1_500)); // the watch must leave the processes alone meanwhile
      await cell.processes.goOn();
      await cell.lab.client.activity.complete(byId(cell), 'later');
    },
    ended: returned(['later']),
  },
  {
    name: 'worker shutdown (SIGTERM to the worker)',
    happens: 'killed before `run()` settles; the next attempt goes to another worker',
    within: '`shutdownGraceTime`',
    boundMs: 7_000,
    ...goOn,
    ...dying('shuts-down', { worker: { shutdownGraceTime: '2s' } }),
    start: runs(),
    end: async ({ worker }) => worker.child.kill('SIGTERM'),
    ended: shutDownInOrder,
  },
  {
    name: 'worker shutdown without grace, with `shutdownForceTime`',
    happens:
      'killed before the shutdown is forced, with a shortened grace period; the next attempt goes to another worker',
    within: '`shutdownForceTime`',
    boundMs: 7_000,
    ...goOn,
    ...dying('shuts-down-by-force', { worker: { shutdownForceTime: '5s' } }),
    start: runs(),
    end: async ({ worker }) => worker.child.kill('SIGTERM'),
    ended: shutDownInOrder,
  },
  {
    name: 'second SIGTERM to a worker that shuts down',
    happens: 'the worker dies at once, as without the plugin; killed by the guardian',
    ...atOnce,
    without: 'they keep running, except direct children of execa',
    control: 'go on',
    ...dying('is-hurried', { worker: { shutdownGraceTime: '1m' } }),
    routes: ['spawn', 'exec', 'execFile'],
    start: runs(),
    end: async ({ worker }) => {
      worker.child.kill('SIGTERM');
      await waitUntil('it shuts down', () => /state: 'STOPPING'/.test(worker.output()));
      worker.child.kill('SIGTERM');
    },
    ended: (cell) => diedBy(cell, 'SIGTERM'),
  },
  {
    name: 'SIGHUP to the worker (its terminal is closed)',
    happens: 'the worker dies at once, as without the plugin; killed by the guardian',
    ...atOnce,
    ...goOn,
    ...dying('is-hung-up'),
    routes: ['spawn', 'exec', 'execFile'],
    start: runs(),
    end: async ({ worker }) => worker.child.kill('SIGHUP'),
    ended: (cell) => diedBy(cell, 'SIGHUP'),
  },
  {
    name: 'fatal error of one Worker of the process',
    happens: 'its own processes are killed when its `run()` fails; other Workers in the process continue',
    ...atOnce,
    ...goOn,
    ...dying('fails', { extend: require.resolve('../../dist/test/fixtures/plugin/second-worker-fails') }),
    start: (cell) => cell.start('runAll', [[{ ...cell.step(), taskQueue: `${cell.queue}-fails` }]]),
    end: async ({ worker }) => worker.child.kill('SIGWINCH'),
    ended: unknownToTemporal,
  },
  ...(['exit', 'throw'] as const).map((how): Ending => ({
    name: how === 'exit' ? '`process.exit()` in the worker' : 'uncaught exception in the worker',
    happens: 'killed by the guardian; Temporal learns of it through a timeout',
    ...atOnce,
    ...goOn,
    ...dying(`dies-by-${how}`),
    start: (cell) => cell.start('runAll', [[cell.step({}, 'endWorker', [cell.program(), how, cell.groupFile])]]),
    end: async (cell) => cell.put(cell.groupFile),
    ended: unknownToTemporal,
  })),
  {
    name: 'worker killed (SIGKILL, out of memory)',
    happens: 'killed by the guardian; Temporal learns of it through a timeout',
    ...atOnce,
    ...goOn,
    mayBlock: true,
    ...dying('is-killed'),
    start: runs(),
    end: ({ worker }) => worker.kill(),
    ended: unknownToTemporal,
  },
  {
    name: 'guardian killed, then the worker',
    happens: 'the guardian is replaced within a second; its successor kills',
    ...atOnce,
    ...notThere,
    ...dying('loses-its-guardian'),
    start: runs(),
    end: async ({ worker }) => {
      const first = await guardianOf(worker.pid);
      process.kill(first, 'SIGKILL');
      await guardianOf(worker.pid, first);
      await worker.kill();
    },
    ended: unknownToTemporal,
  },
  {
    name: 'guardian and worker killed at once, then a restart of the worker',
    happens: 'killed by the sweep of the next worker of the host',
    within: 'the start of the next worker',
    boundMs: 25_000,
    ...goOn,
    worker: { queue: 'loses-both', own: true, host: true },
    start: runs(),
    end: async ({ lab, worker, queue }) => {
      const guardian = worker.hasPlugin ? await guardianOf(worker.pid) : undefined;
      worker.child.kill('SIGKILL');
      if (guardian === undefined) return;
      process.kill(guardian, 'SIGKILL');
      await lab.worker(`after-${queue}`, {}, queue);
    },
    ended: unknownToTemporal,
  },
  {
    name: "the reaper's thread crashes, then `ReaperClient.killAll`",
    happens: 'a new thread knows what the first one knew, and kills',
    ...atOnce,
    ...notThere,
    worker: {
      queue: 'loses-its-reaper',
      own: true,
      host: true,
      fixture: { extend: require.resolve('../../dist/test/fixtures/plugin/crash-reaper') },
    },
    start: runs(),
    end: async ({ lab, worker, hostId }) => {
      worker.child.kill('SIGWINCH');
      await waitUntil('a new thread has taken over', () => worker.output().includes('has taken over'));
      const killAll = (): Promise<CancelOutcome> => lab.reaper.killAll({ hostIds: [hostId] });
      let outcome = await killAll();
      // On a busy machine it may load and connect for longer than a kill waits for a host.
      for (let again = 0; again < 2 && isUnreached(outcome); again++) outcome = await killAll();
      complete(outcome);
    },
    ended: failed(ATTEMPT_KILLED),
  },
  {
    name: 'worker stopped (SIGSTOP) past start-to-close',
    happens: 'killed by the guardian; the attempt times out',
    within: 'at the deadline',
    boundMs: 5_000,
    ...goOn,
    mayBlock: true,
    dueMs: TIMEOUT_MS,
    ...dying('is-stopped'),
    start: runs({ startToCloseTimeout: TIMEOUT_MS, retry: { maximumAttempts: 1 } }),
    end: async ({ worker }) => worker.child.kill('SIGSTOP'),
    ended: failed('TimeoutFailure'),
  },
  {
    name: 'main loop blocked in `execSync`, workflow cancel',
    happens: 'killed from another thread, which frees the loop; then the activity is cancelled',
    ...atOnce,
    ...goOn,
    routes: syncRoutes,
    start: runs(),
    end: (cell) => cell.handle.cancel(),
    ended: closed('CANCELLED'),
  },
  {
    name: 'the same where the blocked process also runs the workflow',
    happens: 'killed from another thread, which frees the loop; then the activity is cancelled',
    within: 'about two seconds',
    boundMs: 6_000,
    ...goOn,
    routes: syncRoutes,
    worker: { queue: 'both', fixture: { workflows: true } },
    workflows: 'same',
    start: runs(),
    end: (cell) => cell.handle.cancel(),
    ended: closed('CANCELLED'),
  },
  ...(['cancelled', 'terminated'] as const).flatMap((how) =>
    [200, undefined].map((heartbeatMs): Ending => ({
      name: `standalone activity ${how}, it ${heartbeatMs === undefined ? 'is silent' : 'heartbeats'}`,
      happens: how === 'cancelled' ? 'killed, and the activity is cancelled' : 'killed; nothing is retried',
      ...byWatch,
      ...goOn,
      mayBlock: true,
      start: (cell) => standalone(cell, heartbeatMs),
      end: async ({ activity }) => (how === 'cancelled' ? activity?.cancel('matrix') : activity?.terminate('matrix')),
      ended: standaloneIs(how === 'cancelled' ? 'CANCELED' : 'TERMINATED'),
    })),
  ),
  {
    name: 'local activity, workflow cancel',
    happens: 'killed when its context is cancelled; one attempt',
    within: '0.8 of the workflow task timeout',
    boundMs: 15_000,
    ...goOn,
    worker: { queue: 'workflows' },
    start: (cell) => cell.start('runLocally', [cell.step()]),
    end: (cell) => cell.handle.cancel(),
    ended: closed('CANCELLED'),
  },
  {
    name: 'local activity, terminate of its run',
    happens: 'killed; nothing is retried',
    ...byWatch,
    ...goOn,
    worker: { queue: 'workflows' },
    start: (cell) => cell.start('runLocally', [cell.step()]),
    end: (cell) => cell.handle.terminate(),
    ended: closed('TERMINATED'),
  },
  {
    name: '`ReaperClient.cancelWorkflow`',
    happens: 'killed, then the activity is cancelled; every process is reported',
    ...atOnce,
    ...notThere,
    mayBlock: true,
    start: runs(),
    end: async ({ lab, handle }) => complete(await lab.reaper.cancelWorkflow({ workflowId: handle.workflowId })),
    ended: closed('CANCELLED'),
  },
  {
    name: '`ReaperClient.terminateWorkflow`',
    happens: 'killed, then the workflow is terminated; every process is reported',
    ...atOnce,
    ...notThere,
    mayBlock: true,
    start: runs(),
    end: async ({ lab, handle }) => complete(await lab.reaper.terminateWorkflow({ workflowId: handle.workflowId })),
    ended: closed('TERMINATED'),
  },
  {
    name: '`ReaperClient.cancelActivity`',
    happens: 'killed, then only this activity is cancelled; the workflow continues',
    ...atOnce,
    ...notThere,
    mayBlock: true,
    start: (cell) => cell.start('oneAfterTheOther', [[cell.step()]]),
    end: async (cell) => complete(await cell.lab.reaper.cancelActivity(byId(cell))),
    ended: returned(['cancelled']),
  },
  {
    name: '`ReaperClient.killAll`',
    happens: `killed on the whole host; attempts fail as \`${ATTEMPT_KILLED}\``,
    ...atOnce,
    ...notThere,
    worker: { queue: 'kill-all', own: true, host: true },
    start: runs(),
    end: async (cell) => complete(await cell.lab.reaper.killAll({ hostIds: [cell.hostId] })),
    ended: failed(ATTEMPT_KILLED),
  },
  {
    name: '`ReaperClient.killAll` with `retry`',
    happens: 'killed on the whole host; the next attempts begin',
    ...atOnce,
    ...notThere,
    worker: { queue: 'kill-all-retry', own: true, host: true },
    start: runs(),
    end: async (cell) => complete(await cell.lab.reaper.killAll({ hostIds: [cell.hostId], retry: true })),
    ended: closed('COMPLETED', [1, 2]),
  },
];

/** What no cell covers, and why. */
export const notCovered: [ending: string, why: string][] = [
  [
    'a background process that `spawnSync` or `execSync` has left behind: terminate, pause, close, completion by id',
    'the watch covers every attempt that has ever started a process; no cell tries this combination',
  ],
  ['a newer attempt on another host', "`fence: 'cluster'`: test/integration/crash/fence-cluster"],
  [
    'server down, network partition',
    'activities then end only by a timeout: test/integration/crash/server-gone, test/integration/partition',
  ],
  ['the machine goes down', 'it takes every process with it'],
  ['cancel of a local activity whose main loop is blocked', 'neither heartbeats nor the watch reach a local activity'],
  ['macOS, Windows', 'the matrix does not run there'],
];
