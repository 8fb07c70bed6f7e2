import type { WorkflowHandle } from '@temporalio/client';
import { waitUntil } from '../../helpers/wait-until';
import { CancelSuite, Events, type Processes } from './suite';

let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
  await Promise.all([suite.worker('a'), suite.worker('bare', { plugin: { workflowInterceptor: false } })]);
});
afterAll(() => suite.end());

/** A failed attempt is followed by the next one at once, without end. */
const retry = { initialInterval: 1, maximumInterval: 1, backoffCoefficient: 1 } as const;

const endings: Record<string, (handle: WorkflowHandle) => Promise<unknown>> = {
  cancel: (handle) => handle.cancel(),
  terminate: (handle) => handle.terminate(),
};

async function endIt(queue: string, ending: keyof typeof endings, cancellationType: string): Promise<Processes> {
  const processes = suite.processes();
  const step = processes.step({ options: { retry, cancellationType: cancellationType as 'TRY_CANCEL' } });
  const handle = await suite.start(queue, 'runAll', [[step]]);
  await processes.started();
  await endings[ending](handle);
  await processes.died();
  await suite.closed(handle);
  await waitUntil('the attempt is over', () => suite.processesOf(processes).length === 0);
  if (ending === 'cancel' && cancellationType === 'WAIT_CANCELLATION_COMPLETED') {
    expect((await Events.of(handle)).attempts('runProgram')).toEqual([1]);
  }
  return processes;
}

describe.each([
  ['a', 'cancel', 'WAIT_CANCELLATION_COMPLETED'],
  ['a', 'cancel', 'TRY_CANCEL'],
  ['a', 'terminate', 'WAIT_CANCELLATION_COMPLETED'],
  ['bare', 'cancel', 'WAIT_CANCELLATION_COMPLETED'],
  ['bare', 'cancel', 'TRY_CANCEL'],
  ['bare', 'terminate', 'WAIT_CANCELLATION_COMPLETED'],
])('worker %s, %s, %s', (queue, ending, cancellationType) => {
  test('three kills at once make no second attempt', async () => {
    const all = await Promise.all([1, 2, 3].map(() => endIt(queue, ending, cancellationType)));
    expect(all.map((processes) => processes.attempts())).toEqual([[1], [1], [1]]);
  });
});

test('negative control: an attempt whose process is killed by somebody else is followed by a second one', async () => {
  const processes = suite.processes();
  const handle = await suite.start('a', 'runAll', [[processes.step({ options: { retry } })]]);
  await processes.started();
  process.kill(processes.pidOf('main'), 'SIGTERM');
  await waitUntil('the second attempt has begun', () => processes.attempts().includes(2));
  await handle.cancel();
  await suite.closed(handle);
});
