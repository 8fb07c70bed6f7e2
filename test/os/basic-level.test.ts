import { BasicContainment } from '../../src/process/containment/basic';
import { KillEngine } from '../../src/process/kill/kill-engine';
import { PsTable } from '../../src/process/table/ps-table';
import { TestRun } from '../fixtures/processes/test-run';
import { isRunning } from '../helpers/kernel-oracle';
import { openEngine, quick, TrackedAttempt } from './engine-run';

let run: TestRun;
let attempt: TrackedAttempt;
beforeEach(() => {
  run = new TestRun();
  attempt = new TrackedAttempt();
});
afterEach(() => run.end());

test.each(['forks-children', 'leaves-session', 'own-group', 'empties-environment'] as const)(
  'kills direct children, their groups and descendants: %s',
  async (name) => {
    const fixture = await run.start(name, { env: attempt.env });
    attempt.add(fixture.child.pid!);
    const report = await openEngine('basic').kill(attempt.target, quick);
    expect(report).toMatchObject({ level: 'basic', proof: 'none' });
    expect(run.processes()).toEqual([]);
  },
);

test('leaves a daemon, as it says', async () => {
  const fixture = await run.start('daemonises', { env: attempt.env });
  attempt.add(fixture.child.pid!);
  await openEngine('basic').kill(attempt.target, quick);
  expect(isRunning(fixture.pidOf('main'))).toBe(false);
  await run.beatsGoOn(fixture.beatFile('daemon'));
});

test('works by ps, as on systems without /proc', async () => {
  const table = new PsTable();
  const fixture = await run.start('leaves-session');
  const pid = fixture.child.pid!;
  const root = { pid, startTicks: table.read(pid)!.startTicks };
  const target = { roots: () => [root], groups: () => [pid], sinceTicks: '', spawning: () => false };
  await new KillEngine(new BasicContainment(table, 'a test')).kill(target, quick);
  expect(run.processes()).toEqual([]);
});
