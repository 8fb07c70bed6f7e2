import type { WorkflowHandle } from '@temporalio/client';
import { CancelSuite, Events, type Processes } from './suite';

// Workflows without the interceptor, as in any other language: the watch asks the server and kills.
let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
  await Promise.all([
    suite.worker('a', { plugin: { workflowInterceptor: false } }),
    suite.worker('unwatched', { plugin: { workflowInterceptor: false, watch: false } }),
    suite.worker('unguarded', { plugin: false }),
  ]);
});
afterAll(() => suite.end());

interface Ending {
  end?(handle: WorkflowHandle): Promise<unknown>;
  workflow?: object;
  cancellationType?: 'TRY_CANCEL';
  status: string;
}

const endings: Record<string, Ending> = {
  'a cancel, WAIT_CANCELLATION_COMPLETED': { end: (handle) => handle.cancel(), status: 'CANCELLED' },
  'a cancel, TRY_CANCEL': { end: (handle) => handle.cancel(), cancellationType: 'TRY_CANCEL', status: 'CANCELLED' },
  terminate: { end: (handle) => handle.terminate('test'), status: 'TERMINATED' },
  'a run timeout': { workflow: { workflowRunTimeout: '4s' }, status: 'TIMED_OUT' },
};

async function start(queue: string, { workflow, cancellationType }: Ending): Promise<[WorkflowHandle, Processes]> {
  const processes = suite.processes('forks-children');
  const step = processes.step({ options: { cancellationType } });
  const handle = await suite.start(queue, 'runAll', [[step]], workflow);
  await processes.started();
  return [handle, processes];
}

describe.each(Object.keys(endings))('%s', (name) => {
  const ending = endings[name];

  test('the watch kills, without any heartbeat', async () => {
    const other = suite.processes();
    await suite.start('a', 'runAll', [[other.step()]]);
    const [handle, processes] = await start('a', ending);
    await other.started();
    await ending.end?.(handle);
    await processes.died();
    expect(await suite.closed(handle)).toBe(ending.status);
    expect(processes.attempts()).toEqual([1]);
    expect(suite.processesOf(processes)).toEqual([]);
    await other.goOn();
  });

  // The server bounds an activity by its run's timeout, which the worker knows: there the control has no plugin at all.
  const control = ending.end ? 'unwatched' : 'unguarded';
  test('negative control: with neither interceptor nor watch they go on beating', async () => {
    const [handle, processes] = await start(control, ending);
    await ending.end?.(handle);
    if (name.includes('WAIT')) await Events.withCancelRequests(handle, 1);
    else expect(await suite.closed(handle)).toBe(ending.status);
    // More than two of the watch's looks, a second apart.
    await processes.goOn(125);
  });
});
