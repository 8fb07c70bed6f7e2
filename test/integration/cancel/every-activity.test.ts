import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { Step } from '../../fixtures/workflows';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import { CancelSuite } from './suite';

// An activity that has no process; its own word, in a file, says when it heard of its end.
let suite: CancelSuite;
let watched: WorkerProcess;
beforeAll(async () => {
  suite = await CancelSuite.open();
  const plugin = { workflowInterceptor: false };
  [watched] = await Promise.all([
    suite.worker('watched', { plugin }),
    suite.worker('gated'),
    suite.worker('processes-only', { plugin: { ...plugin, watch: { everyActivity: false } } }),
    suite.worker('unwatched', { plugin: { ...plugin, watch: false } }),
  ]);
});
afterAll(() => suite.end());

/** The SDK's own timer for a start-to-close timeout fires so much later, in ms. */
const SDK_LATE_MS = 5_000;

interface Ending {
  workflow?: 'runAll' | 'moveOn';
  options?: Step['options'];
  /** Time between the activity's own heartbeats, in ms. Default: none. */
  beatMs?: number;
  end?(handle: WorkflowHandle): Promise<unknown>;
  /** What the activity is told. */
  word: string;
}

// After each heartbeat the SDK sends no other for 0.8 of the timeout, so none of them brings the end in time.
const beats = { beatMs: 100, options: { heartbeatTimeout: 60_000, retry: { maximumAttempts: 1 } } };

const endings: Record<string, Ending> = {
  'a cancel of one that heartbeats': { ...beats, end: (handle) => handle.cancel(), word: 'CANCELLED' },
  'terminate of one that heartbeats': { ...beats, end: (handle) => handle.terminate('test'), word: 'NOT_FOUND' },
  'a cancel': { end: (handle) => handle.cancel(), word: 'CANCELLED' },
  terminate: { end: (handle) => handle.terminate('test'), word: 'NOT_FOUND' },
  'a workflow that returns': { workflow: 'moveOn', end: (handle) => handle.signal('finish'), word: 'NOT_FOUND' },
  'a start-to-close timeout': {
    options: { startToCloseTimeout: '3s', retry: { maximumAttempts: 1 } },
    word: 'NOT_FOUND',
  },
};

class Listener {
  private readonly dir = suite.run.newDir();
  handle!: WorkflowHandle;

  constructor(private readonly ending: Ending) {}

  async start(queue: string): Promise<this> {
    const { workflow = 'runAll', options, beatMs } = this.ending;
    const args = [join(this.dir, 'begun'), join(this.dir, 'heard'), beatMs];
    const step: Step = { name: 'listen', args, options };
    this.handle = await suite.start(queue, workflow, workflow === 'moveOn' ? [step, 'return'] : [[step]]);
    await waitUntil('the activity has begun', () => existsSync(join(this.dir, 'begun')));
    return this;
  }

  async end(): Promise<void> {
    await this.ending.end?.(this.handle);
  }

  get heard(): { at: number; word: string } | undefined {
    const file = join(this.dir, 'heard');
    return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { at: number; word: string }) : undefined;
  }

  get begunAt(): number {
    return Number(readFileSync(join(this.dir, 'begun'), 'utf8'));
  }
}

test.each(Object.keys(endings))(
  '%s: it hears of it; negative control: not so where it is not watched',
  async (name) => {
    const ending = endings[name];
    const queues = ['processes-only', 'unwatched'];
    const controls = await Promise.all(queues.map((queue) => new Listener(ending).start(queue)));
    for (const control of controls) await control.end();
    // These begin and end later than the controls do, one after the other.
    for (let time = 1; time <= 2; time++) {
      const listener = await new Listener(ending).start('watched');
      await listener.end();
      await waitUntil('the watched activity has heard of its end', () => listener.heard !== undefined);
      expect(listener.heard?.word).toBe(ending.word);
      if (!ending.end) expect(listener.heard!.at - listener.begunAt).toBeLessThan(3_000 + SDK_LATE_MS - 1_000);
    }
    if (ending.end) {
      expect(controls.map(({ heard }) => heard)).toEqual([undefined, undefined]);
      return;
    }
    await waitUntil('the SDK has told the others', () => controls.every(({ heard }) => heard !== undefined));
    for (const { heard, begunAt } of controls) expect(heard!.at - begunAt).toBeGreaterThan(3_000 + SDK_LATE_MS - 200);
  },
);

test.each(['watched', 'gated'])(
  'one that heartbeats, and hears of a cancel early, ends as cancelled (%s)',
  async (queue) => {
    const name = 'a cancel of one that heartbeats';
    const listener = await new Listener(endings[name]).start(queue);
    await listener.end();
    expect(await suite.closed(listener.handle)).toBe('CANCELLED');
    expect(listener.heard).toMatchObject({ word: 'CANCELLED' });
    const { events } = await listener.handle.fetchHistory();
    const ends = events?.flatMap((event) =>
      Object.keys(event).filter((key) => /^activityTask(Canceled|Failed)/.test(key)),
    );
    expect(ends).toEqual(['activityTaskCanceledEventAttributes']);
  },
);

test('however fast it answers, its run ends as cancelled', async () => {
  const all = Array.from({ length: 8 }, () => join(suite.run.newDir(), 'begun'));
  const options = { heartbeatTimeout: '60s' as const, retry: { maximumAttempts: 1 } };
  const steps = all.map((begun): Step => ({ name: 'sleepForLong', args: [begun], options }));
  const handles = await Promise.all(steps.map((step) => suite.start('watched', 'runAll', [[step]])));
  await waitUntil('all have begun', () => all.every((begun) => existsSync(begun)));
  const before = watched.output().length;
  for (const handle of handles) await handle.cancel();
  const ends = await Promise.all(handles.map((handle) => suite.closed(handle)));
  expect(ends).toEqual(handles.map(() => 'CANCELLED'));
  // What sdk-core says of an outcome that the server has already.
  expect(watched.output().slice(before)).not.toMatch(/Activity not found/);
});

test.each(['cancel', 'terminate'] as const)('a standalone activity hears of its %s', async (how) => {
  const dir = suite.run.newDir();
  const [begun, heard] = [join(dir, 'begun'), join(dir, 'heard')];
  const handle = await suite.client.activity.start('listen', {
    id: `listen-${how}-${suite.run.id}`,
    taskQueue: suite.unique('watched'),
    startToCloseTimeout: '1m',
    args: [begun, heard],
  });
  await waitUntil('the activity has begun', () => existsSync(begun));
  await (how === 'cancel' ? handle.cancel('test') : handle.terminate('test'));
  await waitUntil('it has heard of it', () => existsSync(heard));
});
