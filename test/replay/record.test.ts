/** Records the histories anew: `REAPER_RECORD=1 npx jest test/replay/record`. Otherwise it does nothing. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testServerAddress } from '../helpers/dev-server';
import { waitUntil } from '../helpers/wait-until';
import { Scene, extension } from '../fixtures/plugin/scene';
import { fileOf, historiesDir, recorded } from './recorded';

jest.setTimeout(180_000);

/** As the Temporal CLI exports it, on one line. */
function historyOf(namespace: string, workflowId: string): string {
  const setup = readFileSync(join(__dirname, '../../.cache/setup.json'), 'utf8');
  const { cli } = JSON.parse(setup) as { cli: { path: string } };
  const args = ['workflow', 'show', '-w', workflowId, '-n', namespace, '-o', 'json', '--address', testServerAddress()];
  const exported = JSON.parse(execFileSync(cli.path, args, { encoding: 'utf8' })) as object;
  return `${JSON.stringify(exported)}\n`;
}

/** `temporal.api.enums.v1.PendingActivityState` */
const STARTED = 2;

const record = process.env.REAPER_RECORD === '1' ? test : test.skip;

describe('records (skipped: the histories are recorded; REAPER_RECORD=1 does it anew)', () => {
  record.each(['without', 'with'] as const)('all workflows %s the plugin', async (by) => {
    mkdirSync(historiesDir, { recursive: true });
    const scene = await Scene.open('record');
    try {
      const worker = await scene.worker({
        plugin: by === 'with' && { hostId: scene.newId('host') },
        extend: extension('replay-worker'),
      });
      for (const [type, end] of Object.entries(recorded)) {
        const handle = await scene.start(worker.taskQueue, type);
        if (end === 'cancelled') {
          await waitUntil(`the activities of ${type} run`, async () => {
            const pending = (await handle.describe()).raw.pendingActivities ?? [];
            return pending.length > 0 && pending.every(({ state }) => Number(state) === STARTED);
          });
          await handle.cancel();
        }
        await handle.result();
        writeFileSync(fileOf(type, by), historyOf(scene.namespace, handle.workflowId));
      }
    } finally {
      await scene.end();
    }
  });
});
