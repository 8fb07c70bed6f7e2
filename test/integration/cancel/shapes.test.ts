import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type FixtureName, processFixtures } from '../../fixtures/processes';
import { waitUntil } from '../../helpers/wait-until';
import { CancelSuite, Events, expectKilledBeforeCancelled } from './suite';

let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
  const escalation = { graceMs: '500ms' } as const;
  await Promise.all([suite.worker('a', { plugin: { escalation } }), suite.worker('unguarded', { plugin: false })]);
});
afterAll(() => suite.end());

/** None of the shapes is one that the level `scan` leaves alive (src/process/containment/scan.ts). */
const shapes = Object.keys(processFixtures) as FixtureName[];
/** The started program of this one ends at once: its activity stays, or it would be over before the cancel. */
const stays = (name: FixtureName): boolean => name === 'leader-exits-first';

describe.each(shapes)('%s', (name) => {
  test('no process outlives the cancel', async () => {
    const processes = suite.processes(name, { stays: stays(name) });
    const handle = await suite.start('a', 'runAll', [[processes.step()]]);
    await processes.started();
    await handle.cancel();
    await processes.died();
    await expectKilledBeforeCancelled(handle, [processes]);
    await waitUntil('none of them is left, nor any that came late', () => suite.processesOf(processes).length === 0);
    expect(await suite.closed(handle)).toBe('CANCELLED');
  });

  test('negative control: without the plugin each of them goes on beating', async () => {
    const processes = suite.processes(name, { stays: stays(name) });
    const handle = await suite.start('unguarded', 'runAll', [[processes.step()]]);
    await processes.started();
    await handle.cancel();
    await Events.withCancelRequests(handle, 1);
    await processes.goOn();
  });
});

test('a program that cleans up on SIGTERM is let finish', async () => {
  const processes = suite.processes('cleans-up-on-sigterm');
  const handle = await suite.start('a', 'runAll', [[processes.step()]]);
  await processes.started();
  await handle.cancel();
  await processes.died();
  expect(existsSync(join(processes.dir, 'cleaned-up'))).toBe(true);
});
