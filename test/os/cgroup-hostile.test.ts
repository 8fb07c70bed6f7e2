import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestRun } from '../fixtures/processes/test-run';
import { isRunning } from '../helpers/kernel-oracle';
import { describeCgroup } from './cgroup-here';
import { cgroupOf, ownDirectory } from './cgroup-kernel';
import { CgroupLab, type LabAttempt } from './cgroup-lab';

let run: TestRun;
let lab: CgroupLab;
let attempt: LabAttempt;
beforeEach(async () => {
  run = new TestRun();
  lab = await CgroupLab.open();
  attempt = lab.attempt();
});
afterEach(async () => {
  writeFileSync(join(ownDirectory, 'cgroup.procs'), String(process.pid));
  try {
    await lab?.close();
  } finally {
    await run?.end();
  }
});

// Read before anybody moves: "own" is where the test runs.
const own = cgroupOf('self');

/** As a hostile process of the attempt does it: whoever may move itself may move others of its user too. */
function moveInto(which: LabAttempt, pid: number): void {
  const [directory] = which.directories(lab);
  writeFileSync(join(lab.directory, directory, 'cgroup.procs'), String(pid));
  expect(cgroupOf(pid)).toContain(directory);
}

describeCgroup('a process that moves others into the cgroup of its attempt', () => {
  test('the worker: it is not killed along, its attempt is, and the kernel is no witness', async () => {
    const fixture = await attempt.run(() => run.start('ignores-sigterm'));
    moveInto(attempt, process.pid);
    const report = await attempt.kill(); // that this goes on shows that we live
    expect(isRunning(fixture.pidOf('main'))).toBe(false);
    expect(report.proof).toBe('scan');
    const [main, somebody, ...others] = report.processes;
    expect(main).toMatchObject({ pid: fixture.pidOf('main'), fate: 'killed' });
    expect(somebody).toMatchObject({ pid: 0, fate: 'survived' }); // all that is said: the cgroup is not empty
    expect(others).toEqual([]);
    expect(cgroupOf('self')).not.toBe(own);
  });

  test('a stranger of the same user: it dies with the attempt', async () => {
    const fixture = await attempt.run(() => run.start('forever'));
    const [victim, spared] = [await run.start('forever'), await run.start('forever')];
    moveInto(attempt, victim.pidOf('main'));
    await attempt.kill();
    expect([fixture, victim].map((each) => isRunning(each.pidOf('main')))).toEqual([false, false]);
    await run.beatsGoOn(spared.beatFile('main'));
  });
});
