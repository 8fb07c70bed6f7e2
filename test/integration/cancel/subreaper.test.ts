import { ReaperClient } from '../../../src/client';
import type { ElusiveName } from '../../fixtures/processes';
import { extension } from '../../fixtures/plugin/scene';
import { CancelSuite, Events, expectKilledBeforeCancelled } from './suite';

let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
  const escalation = { graceMs: '500ms' } as const;
  await Promise.all([
    suite.worker('thread', { plugin: { escalation, containment: 'subreaper', control: true } }),
    suite.worker('inline', { plugin: { escalation, containment: 'subreaper' }, pluginOn: 'worker' }),
    suite.worker('scan', { plugin: { escalation, containment: 'scan' } }),
  ]);
});
afterAll(() => suite.end());

const daemons: ElusiveName[] = ['empties-daemon', 'overwrites-daemon'];

describe.each(daemons)('%s', (name) => {
  test.each(['thread', 'inline'])('does not outlive the cancel at subreaper, form "%s"', async (form) => {
    const processes = suite.processes(name);
    const handle = await suite.start(form, 'runAll', [[processes.step()]]);
    await processes.started();
    await handle.cancel();
    await processes.died();
    await expectKilledBeforeCancelled(handle, [processes]);
    expect(await suite.closed(handle)).toBe('CANCELLED');
  });

  test('negative control: at scan its daemon goes on', async () => {
    const processes = suite.processes(name);
    const handle = await suite.start('scan', 'runAll', [[processes.step()]]);
    await processes.started();
    await handle.cancel();
    await Events.withCancelRequests(handle, 1);
    expect(await suite.closed(handle)).toBe('CANCELLED');
    await processes.goOn(5, ['daemon']);
  });
});

test.each(['spawnSync', 'execSync'] as const)('%s blocks the main loop: its daemon is killed too', async (route) => {
  const processes = suite.processes('empties-daemon', { route });
  const handle = await suite.start('thread', 'runAll', [[processes.step()]]);
  await processes.started();
  await handle.cancel();
  await processes.died();
  expect(await suite.closed(handle)).toBe('CANCELLED');
});

test('the host says at what level it kills', async () => {
  const hostIds = ['thread', 'inline'].map((queue) => suite.unique(`host-${queue}`));
  const hosts = await new ReaperClient(suite.client).listHosts({ hostIds });
  for (const host of hosts) expect(host).toMatchObject({ workers: [{ level: 'subreaper', levelReason: 'asked for' }] });
});

test.each(['connection', 'worker'] as const)(
  'refused at the start where it is impossible, given to the %s',
  async (pluginOn) => {
    const extend = extension('low-lock-limit');
    const started = suite.worker('refused', { plugin: { containment: 'subreaper' }, pluginOn, extend });
    await expect(started).rejects.toThrow(
      /"subreaper" is unavailable: the hard limit on file locks is 1000\. Lift it .*"auto"[\s\S]*CONTAINMENT_UNAVAILABLE/,
    );
  },
);
