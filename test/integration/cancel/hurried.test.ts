import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ReaperClient } from '../../../src/client';
import { controlIsServed } from '../../helpers/control-served';
import { waitUntil } from '../../helpers/wait-until';
import { CancelSuite, type Processes } from './suite';

let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
  // Longer than any of these tests.
  const { pid } = await suite.worker('a', { plugin: { control: true, escalation: { graceMs: '10m' } } });
  await controlIsServed(suite.connection, { workerPid: pid });
});
afterAll(() => suite.end());

/** Cancels it; its process ignores SIGTERM and has all the time. */
async function cancelPatiently(): Promise<Processes> {
  const processes = suite.processes('ignores-sigterm');
  const handle = await suite.start('a', 'runAll', [[processes.step()]]);
  await processes.started();
  await handle.cancel();
  await waitUntil('it has its SIGTERM', () => existsSync(join(processes.dir, 'main.signals')));
  return processes;
}

test('who asks again with less patience shortens the kill that is under way', async () => {
  const processes = await cancelPatiently();
  await processes.goOn(25);
  const hostIds = [suite.unique('host-a')];
  const outcome = await new ReaperClient(suite.client).killAll({ hostIds, escalation: { graceMs: 0 } });
  await processes.died();
  expect(JSON.stringify(outcome)).toContain('"fate":"killed"');
});
