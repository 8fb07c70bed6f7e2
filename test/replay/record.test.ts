/** Records the histories anew: `REAPER_RECORD=1 npx jest test/replay/record`. Otherwise it does nothing. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { testServerAddress } from '../helpers/dev-server';
import { Scene, extension } from '../fixtures/plugin/scene';
import { fileOf, historiesDir, recorded } from './recorded';
import { recordRun } from './recorder';

jest.setTimeout(180_000);

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
      const server = { address: testServerAddress(), namespace: scene.namespace };
      for (const type of Object.keys(recorded)) {
        const handle = await scene.start(worker.taskQueue, type);
        writeFileSync(fileOf(type, by), await recordRun(server, type, handle));
      }
    } finally {
      await scene.end();
    }
  });
});
