import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from '../../fixtures/workflows';
import { waitUntil } from '../../helpers/wait-until';
import { CancelSuite, Events, expectKilledBeforeCancelled } from './suite';

let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
  await Promise.all([suite.worker('a'), suite.worker('unguarded', { plugin: false })]);
});
afterAll(() => suite.end());

describe.each(['WAIT_CANCELLATION_COMPLETED', 'TRY_CANCEL'] as const)('%s', (cancellationType) => {
  test('the processes are dead before the cancel, and the workflow ends as cancelled', async () => {
    const processes = suite.processes();
    const handle = await suite.start('a', 'runAll', [[processes.step({ options: { cancellationType } })]]);
    await processes.started();
    await handle.cancel();
    await processes.died();
    await expectKilledBeforeCancelled(handle, [processes]);
    expect(await suite.closed(handle)).toBe('CANCELLED');
  });

  test('negative control: without the plugin they go on beating', async () => {
    const processes = suite.processes();
    const handle = await suite.start('unguarded', 'runAll', [[processes.step({ options: { cancellationType } })]]);
    await processes.started();
    await handle.cancel();
    await Events.withCancelRequests(handle, 1);
    await processes.goOn(25);
  });
});

describe('ABANDON', () => {
  const options = { cancellationType: 'ABANDON' } as const;

  test('the activity is left alone while its run is open, and killed when it closes', async () => {
    const processes = suite.processes();
    const handle = await suite.start('a', 'stayOpenAfterCancel', [processes.step({ options })]);
    await processes.started();
    await handle.cancel();
    // More than two of the watch's looks, a second apart.
    await processes.goOn(125);
    expect((await Events.of(handle)).taskQueuesOf('kill')).toEqual([]);
    await handle.signal('finish');
    expect(await handle.result()).toBe('cancelled');
    await processes.died();
    expect(processes.attempts()).toEqual([1]);
  });

  test('negative control: without the plugin the abandoned activity outlives its run', async () => {
    const processes = suite.processes();
    const handle = await suite.start('unguarded', 'stayOpenAfterCancel', [processes.step({ options })]);
    await processes.started();
    await handle.cancel();
    await handle.signal('finish');
    expect(await handle.result()).toBe('cancelled');
    await processes.goOn(125);
  });
});

test('non-cancellable cleanup runs after the kill, and is not killed', async () => {
  const [work, cleanup] = [suite.processes(), suite.processes()];
  const handle = await suite.start('a', 'cleanUpAfterwards', [[work.step(), cleanup.step()]]);
  await work.started();
  await handle.cancel();
  await cleanup.started();
  expect(work.alive()).toEqual([]);
  // Its run has a cancel, which is not for it; more than two of the watch's looks, a second apart.
  await cleanup.goOn(125);
  process.kill(cleanup.pidOf('main'), 'SIGTERM');
  await cleanup.died();
});

test('a workflow that swallows the cancel goes on with its next activity, which ends in its own way', async () => {
  const work = suite.processes();
  const echo = { name: 'run', args: ['sleep', ['1.5']] };
  const handle = await suite.start('a', 'goOnAfterCancel', [[work.step(), echo]]);
  await work.started();
  await handle.cancel();
  await work.died();
  await expectKilledBeforeCancelled(handle, [work]);
  expect(await handle.result()).toEqual(['cancelled', 'returned 0']);
  expect(await suite.closed(handle)).toBe('COMPLETED');
});

test('an activity of the same process that has started nothing hears of its cancel without a kill activity; another has one', async () => {
  const cancelWhile = async (others: ReturnType<CancelSuite['processes']>[]) => {
    const dir = suite.run.newDir();
    const [begun, heard] = [join(dir, 'begun'), join(dir, 'heard')];
    const listen: Step = { name: 'listen', args: [begun, heard] };
    const handle = await suite.start('a', 'runAll', [[listen, ...others.map((other) => other.step())]]);
    await waitUntil('the activity has begun', () => existsSync(begun));
    for (const other of others) await other.started();
    await handle.cancel();
    expect(await suite.closed(handle)).toBe('CANCELLED');
    const word = JSON.parse(readFileSync(heard, 'utf8')) as { word: string };
    const events = await Events.of(handle);
    return {
      word: word.word,
      listened: events.cancelRequests('listen').length,
      kills: events.taskQueuesOf('kill').length,
    };
  };
  const idle = { word: 'CANCELLED', listened: 1 };
  expect(await cancelWhile([])).toEqual({ ...idle, kills: 0 });
  expect(await cancelWhile([suite.processes()])).toEqual({ ...idle, kills: 1 });
});

test("a run's metadata is as without the plugin: it has no handler of ours", async () => {
  const metadata = await Promise.all(
    ['a', 'unguarded'].map(async (queue) => {
      const handle = await suite.start(queue, 'stayOpenAfterCancel', [{ name: 'echo', args: ['one'] }]);
      return handle.query<{ definition: { signalDefinitions: object[] } }>('__temporal_workflow_metadata');
    }),
  );
  expect(metadata[0]).toEqual(metadata[1]);
  expect(metadata[0].definition.signalDefinitions).toEqual([{ name: 'finish' }]);
});
