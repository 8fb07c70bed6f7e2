/** Not recorded: in which order sdk-core hands over what comes at the same time differs from one run to the next. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BesideLocal } from '../fixtures/plugin/beside-local';
import type { Replayed } from '../fixtures/plugin/replay';
import { Scene, extension } from '../fixtures/plugin/scene';
import { testServerAddress } from '../helpers/dev-server';
import { waitUntil } from '../helpers/wait-until';
import { activitiesRun, historyOf } from './recorder';
import { replayAll } from './replayer';

jest.setTimeout(180_000);

type Rest = Pick<BesideLocal, 'activity' | 'next' | 'ticks'>;

const rests: Rest[] = [
  { activity: 'hang', next: ['timer', 'timer'], ticks: [40, 0] },
  { activity: 'hang', next: ['flag', 'activity'], ticks: [0, 40] },
  { activity: 'hangWithProcess', next: ['activity', 'flag'], ticks: [0, 0] },
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
  return historyOf({ address: testServerAddress(), namespace: scene.namespace }, handle.workflowId);
}

beforeAll(async () => {
  const scene = await Scene.open('beside-local');
  const dir = mkdtempSync(join(tmpdir(), 'reaper-beside-'));
  try {
    const { taskQueue } = await scene.worker({
      plugin: { hostId: scene.newId('host') },
      extend: extension('replay-worker'),
    });
    const left = [...kinds];
    const runOneByOne = async (): Promise<void> => {
      for (let kind = left.shift(); kind; kind = left.shift()) {
        writeFileSync(join(dir, nameOf(kind)), await runOne(scene, taskQueue, kind));
      }
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

test('negative control: without the plugin they do not, since the kill is in the history', () => {
  const replayed = Object.entries(results).filter(([, { without }]) => without === 'replayed');
  expect(replayed.map(([name]) => name)).toEqual([]);
});
