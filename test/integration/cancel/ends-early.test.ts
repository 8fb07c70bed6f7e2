import type { WorkflowHandle } from '@temporalio/client';
import type { Step } from '../../fixtures/workflows';
import { testServerAddress } from '../../helpers/dev-server';
import { LatencyProxy } from '../../helpers/latency-proxy';
import { CancelSuite, Events, type Processes } from './suite';

/** What the workers send arrives so much later: the question is not answered yet when the workflow ends. */
const LATENCY_MS = 150;

jest.setTimeout(180_000);

let suite: CancelSuite;
let proxy: LatencyProxy;
beforeAll(async () => {
  suite = await CancelSuite.open();
  proxy = await LatencyProxy.start(testServerAddress(), LATENCY_MS);
  await Promise.all([
    suite.worker('near'),
    suite.worker('far', { address: proxy.address }),
    suite.worker('unguarded', { plugin: false }),
  ]);
});
afterAll(async () => {
  await suite?.end();
  proxy?.stop();
});

const options = { cancellationType: 'TRY_CANCEL' } as const;

/** A run for each of these times: it cancels its activity, and ends so many ms later. */
function endEarly(queue: string, times: number[], how = 'returns'): Promise<[WorkflowHandle[], Processes[]]> {
  return end(queue, 'endEarly', how, times);
}

async function end(
  queue: string,
  type: string,
  how: unknown,
  times: number[],
): Promise<[WorkflowHandle[], Processes[]]> {
  const all = times.map(() => suite.processes());
  const started = await Promise.all(
    times.map((ms, i) => suite.start(queue, type, [all[i].step({ options }), how, ms])),
  );
  // Not the run that one continues as.
  const handles = started.map(({ workflowId, firstExecutionRunId }) =>
    suite.client.workflow.getHandle(workflowId, firstExecutionRunId),
  );
  await Promise.all(all.map((processes) => processes.started()));
  await Promise.all(handles.map((handle) => handle.signal('cancelScope')));
  await Promise.all(handles.map((handle) => suite.closed(handle, 60_000)));
  return [handles, all];
}

function failedTasks({ events }: Events): number {
  return events.filter((event) => event.workflowTaskFailedEventAttributes ?? event.workflowTaskTimedOutEventAttributes)
    .length;
}

describe('a workflow that cancels an activity from its own code and ends while a local activity of its own runs', () => {
  test.each([
    ['returns', 'COMPLETED'],
    ['fails', 'FAILED'],
    ['continues as new', 'CONTINUED_AS_NEW'],
  ])('%s: in the same workflow task, after the answer to the question of the kill', async (how, status) => {
    const [[handle], [processes]] = await endEarly('far', [1], how);
    expect((await handle.describe()).status.name).toBe(status);
    const history = await Events.of(handle);
    expect(failedTasks(history)).toBe(0);
    expect(history.localActivities()).toEqual(['pause', 'temporalReaperLocate']);
    expect(history.events.filter((event) => event.activityTaskCancelRequestedEventAttributes)).toHaveLength(1);
    await processes.died();
  });

  test('at whatever time it ends: no workflow task is refused', async () => {
    const times = Array.from({ length: 20 }, (_, ms) => ms);
    const [handles, all] = await endEarly('near', times);
    const failed = await Promise.all(handles.map(async (handle) => failedTasks(await Events.of(handle))));
    expect(failed).toEqual(times.map(() => 0));
    await Promise.all(all.map((processes) => processes.died()));
  });

  test.each(['TRY_CANCEL', 'WAIT_CANCELLATION_COMPLETED'] as const)(
    'nor when the server has not heard of the activity yet, which is never begun: %s',
    async (cancellationType) => {
      const all = Array.from({ length: 8 }, () => suite.processes());
      const handles = await Promise.all(
        all.map((processes) => suite.start('near', 'endUnsent', [processes.step({ options: { cancellationType } })])),
      );
      for (const handle of handles) {
        expect(await handle.result()).toBe('ended');
        const history = await Events.of(handle);
        expect(failedTasks(history)).toBe(0);
        expect(history.taskQueuesOf('run')).toEqual([]);
      }
      expect(all.flatMap((processes) => processes.attempts())).toEqual([]);
    },
  );

  test.each<[string, Step | 'throws']>([
    ['begins an activity', { name: 'echo', args: ['too late'] }],
    ['throws', 'throws'],
  ])('code that still runs then and %s: it has no effect, as without the plugin', async (_, then) => {
    const times = Array.from({ length: 20 }, (_, ms) => ms);
    const runs = await Promise.all([
      end('near', 'leaveCodeRunning', then, times),
      end('far', 'leaveCodeRunning', then, [1]),
      end('unguarded', 'leaveCodeRunning', then, [1]),
    ]);
    for (const handle of runs.flatMap(([handles]) => handles)) {
      expect(await handle.result()).toBe('ended');
      const history = await Events.of(handle);
      expect(failedTasks(history)).toBe(0);
      expect(history.taskQueuesOf('echo')).toEqual([]);
    }
  });

  test('negative control: without the plugin the processes go on', async () => {
    const [[handle], [processes]] = await endEarly('unguarded', [1]);
    expect((await Events.of(handle)).localActivities()).toEqual(['pause']);
    await processes.goOn(25);
  });
});
