/** Not recorded: in which order sdk-core hands over what comes at the same time differs from one run to the next. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { BesideLocal } from '../fixtures/plugin/beside-local';
import type { Replayed } from '../fixtures/plugin/replay';
import { Scene, extension } from '../fixtures/plugin/scene';
import { testServerAddress } from '../helpers/dev-server';
import { waitUntil } from '../helpers/wait-until';
import { activitiesRun, historyOf } from './recorder';
import { replayAll } from './replayer';

jest.setTimeout(180_000);

type Rest = Pick<BesideLocal, 'activity' | 'next' | 'ticks'>;

/** One goes on by a timer and the other by an activity, so that a replay can tell one order from the other. */
const rests: Rest[] = [
  { activity: 'hang', next: ['timer', 'activity'], ticks: [300, 0] },
  { activity: 'hang', next: ['flag', 'timer'], ticks: [0, 40] },
  { activity: 'hangWithProcess', next: ['timer', 'flag'], ticks: [0, 0] },
];

const kinds = (['run', 'scope'] as const).flatMap((cancelled) =>
  (['TRY_CANCEL', 'WAIT_CANCELLATION_COMPLETED'] as const).flatMap((cancellationType) =>
    [true, false].flatMap((isSent) =>
      [1, 30].flatMap((localMs) => rests.map((rest) => ({ cancelled, cancellationType, isSent, localMs, ...rest }))),
    ),
  ),
);

function nameOf({ cancelled, cancellationType, isSent, activity, localMs, next }: BesideLocal): string {
  const sent = isSent ? 'sent' : 'unsent';
  return `${cancelled} cancelled, ${sent} ${activity} ${cancellationType}, ${localMs} ms, ${next.join(' and ')}`;
}

/** How long its two local activities take, in ms. */
const failing: [number, number][] = [0, 1, 2, 3, 5].flatMap((ms): [number, number][] => [
  [ms, ms],
  [ms, ms + 1],
]);

let results: Record<string, Replayed>;

/** @returns the history of such a run */
async function runOne(scene: Scene, taskQueue: string, kind: BesideLocal): Promise<string> {
  const handle = await scene.start(taskQueue, 'besideLocal', kind);
  if (kind.cancelled === 'run') {
    if (kind.isSent) {
      await activitiesRun(handle);
    } else {
      await waitUntil('its first task has begun', async () => (await handle.describe()).historyLength === 3);
      await handle.signal('begin');
    }
    await handle.cancel();
  }
  await handle.result();
  return history(scene, handle);
}

async function failOne(scene: Scene, taskQueue: string, times: [number, number]): Promise<string> {
  const handle = await scene.start(taskQueue, 'failsBesideLocal', times);
  await expect(handle.result()).rejects.toThrow('Workflow execution failed');
  return history(scene, handle);
}

function history(scene: Scene, { workflowId }: WorkflowHandle): Promise<string> {
  return historyOf({ address: testServerAddress(), namespace: scene.namespace }, workflowId);
}

beforeAll(async () => {
  const scene = await Scene.open('beside-local');
  const dir = mkdtempSync(join(tmpdir(), 'reaper-beside-'));
  try {
    const { taskQueue } = await scene.worker({
      plugin: { hostId: scene.newId('host') },
      extend: extension('replay-worker'),
    });
    const runs: [string, () => Promise<string>][] = [
      ...kinds.map((kind): [string, () => Promise<string>] => [nameOf(kind), () => runOne(scene, taskQueue, kind)]),
      ...failing.map((times): [string, () => Promise<string>] => [
        times.join(),
        () => failOne(scene, taskQueue, times),
      ]),
    ];
    const runOneByOne = async (): Promise<void> => {
      for (let run = runs.shift(); run; run = runs.shift()) writeFileSync(join(dir, run[0]), await run[1]());
    };
    await Promise.all(Array.from({ length: 12 }, runOneByOne));
    results = await replayAll(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
    await scene.end();
  }
});

describe('a workflow goes on after a cancel and, in the same workflow task, after a local activity; its run replays', () => {
  test.each(kinds.map(nameOf))('%s', (name) => {
    expect(results[name].with).toBe('replayed');
  });
});

test.each(failing)(
  'a workflow that fails by a local activity of %d ms, beside one of %d ms: it replays',
  (...times) => {
    expect(results[times.join()].with).toBe('replayed');
  },
);

test('negative control: without the plugin they do not, since the kill is in the history', () => {
  const replayed = Object.entries(results).filter(([, { without }]) => without === 'replayed');
  expect(replayed.map(([name]) => name)).toEqual([]);
});
