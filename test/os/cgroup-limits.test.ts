import childProcess, { type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TestRun } from '../fixtures/processes/test-run';
import { isRunning } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { describeCgroup, describeRoot } from './cgroup-here';
import { cgroupOf, mountPoint, ownDirectory } from './cgroup-kernel';
import { CgroupLab, type LabAttempt } from './cgroup-lab';

const PLAIN = /its kills are proven only by a look/;
const OUTSIDE = /start(s|ed) outside of its attempt's cgroup/;

let run: TestRun;
let lab: CgroupLab;
let attempt: LabAttempt;
beforeEach(async () => {
  run = new TestRun();
  lab = await CgroupLab.open();
  attempt = lab.attempt();
});
afterEach(async () => {
  try {
    await lab?.close();
  } finally {
    await run?.end();
  }
});

const exited = (child: ChildProcess): Promise<unknown> => new Promise((resolve) => child.once('exit', resolve));
const directoryOf = (which: LabAttempt): string => join(lab.directory, which.directories(lab)[0]);

describeCgroup('the kernel is not called as a witness', () => {
  test('when the kernel lets nobody in: empty as it is, nobody was in it', async () => {
    // A folder in which every name is right, but it is not a cgroup.
    Object.assign(lab.containment.encloserData ?? {}, { directory: join(run.newDir(), basename(lab.directory)) });
    const refused = lab.attempt();
    const fixture = await refused.run(() => run.start('scrubbed-daemon'));
    expect(refused.enclosed).toEqual([false]);
    expect(lab.logs.filter((line) => OUTSIDE.test(line))).toEqual([expect.stringMatching(/\(ENOENT\)/)]);
    expect(cgroupOf(fixture.pidOf('daemon'))).toBe(cgroupOf('self'));
    const report = await refused.kill();
    expect(report).toMatchObject({ level: 'cgroup', proof: 'scan' });
    await run.beatsGoOn(fixture.beatFile('daemon')); // which is why
    expect(lab.logs.filter((line) => PLAIN.test(line))).toHaveLength(1);
    await refused.kill();
    expect(lab.logs.filter((line) => PLAIN.test(line))).toHaveLength(1);
  });

  test('when no cgroup can be made: the program runs, and it is said once', async () => {
    await attempt.run(() => exited(childProcess.spawn('true')));
    writeFileSync(join(lab.directory, 'cgroup.max.descendants'), '1'); // that of the attempt
    const other = lab.attempt();
    const fixture = await other.run(() => run.start('forever'));
    await other.run(() => exited(childProcess.spawn('true')));
    other.run(() => childProcess.spawnSync('true'));
    expect(other.enclosed).toEqual([false, false, true]); // the last was sure to be inside, and was not
    expect(lab.logs.filter((line) => OUTSIDE.test(line))).toHaveLength(1);
    const report = await other.kill();
    expect(isRunning(fixture.pidOf('main'))).toBe(false);
    expect(report.proof).toBe('scan');
  });

  test('when a process was moved out: it is found by its lineage, and killed', async () => {
    const fixture = await attempt.run(() => run.start('forks-children'));
    const moved = fixture.pidOf('generation-2');
    writeFileSync(join(ownDirectory, 'cgroup.procs'), String(moved));
    expect(cgroupOf(moved)).toBe(cgroupOf('self'));
    const report = await attempt.kill();
    expect(isRunning(moved)).toBe(false);
    expect(report.proof).toBe('scan');
  });

  test('of who was moved out and hides besides: its word is that the cgroup is empty, and no more', async () => {
    const fixture = await attempt.run(() => run.start('scrubbed-daemon'));
    writeFileSync(join(ownDirectory, 'cgroup.procs'), String(fixture.pidOf('daemon')));
    const report = await attempt.kill();
    await run.beatsGoOn(fixture.beatFile('daemon'));
    expect(report.proof).toBe('kernel');
  });

  test('negative control: when nothing was moved out, it is', async () => {
    await attempt.run(() => run.start('forks-children'));
    expect((await attempt.kill()).proof).toBe('kernel');
  });

  test('when something may run that no hook has seen', async () => {
    const fixture = await run.start('forever');
    attempt.adopt(fixture.pidOf('main'));
    const report = await attempt.kill();
    expect(isRunning(fixture.pidOf('main'))).toBe(false);
    expect(report.proof).toBe('scan');
  });
});

describeRoot('a process of another user', () => {
  test('is enclosed all the same, also where a synchronous call starts it', async () => {
    const nobody = { uid: 65534, gid: 65534, env: run.env };
    const show = 'id -u; cat /proc/self/cgroup';
    const { stdout } = attempt.run(() => childProcess.spawnSync('sh', ['-c', show], { ...nobody, encoding: 'utf8' }));
    expect(stdout).toContain('65534\n');
    expect(stdout).toContain(attempt.directories(lab)[0]);
    const child = attempt.run(() => childProcess.spawn('sleep', ['60'], nobody));
    expect(attempt.enclosed).toEqual([false, true]); // while a call lasts it is not known yet
    const report = await attempt.kill();
    expect(isRunning(child.pid as number)).toBe(false);
    expect(report).toMatchObject({ proof: 'kernel', processes: [{ pid: child.pid, fate: 'exited' }] });
  });
});

describeCgroup('the cgroups of an attempt', () => {
  test('are one, however many processes it starts, and prove that each was inside', async () => {
    attempt.run(() => {
      for (let i = 0; i < 20; i++) childProcess.spawnSync('true');
    });
    for (let i = 0; i < 20; i++) await attempt.run(() => exited(childProcess.spawn('true')));
    const fixture = await attempt.run(() => run.start('forever'));
    const below = readdirSync(directoryOf(attempt), { withFileTypes: true }).filter((each) => each.isDirectory());
    expect([attempt.directories(lab).length, below]).toEqual([1, []]);
    const report = await attempt.kill();
    expect(report).toMatchObject({ proof: 'kernel', processes: [{ pid: fixture.pidOf('main') }] });
    attempt.close();
    expect(existsSync(lab.directory) && attempt.directories(lab).length).toBe(0);
  });

  test('keep what a leftover has made below them, empty or not', async () => {
    const fixture = await attempt.run(() => run.start('forever'));
    const made = join(directoryOf(attempt), 'for-its-own-use');
    mkdirSync(made);
    attempt.close('leave');
    expect(existsSync(made)).toBe(true);
    fixture.child.kill('SIGKILL');
    await waitUntil('all of it is gone', () => attempt.directories(lab).length === 0);
  });

  test('stay for as long as what was left behind on purpose lives in them', async () => {
    const fixture = await attempt.run(() => run.start('forever'));
    const directory = directoryOf(attempt);
    attempt.close('leave');
    await run.beatsGoOn(fixture.beatFile('main'));
    expect(existsSync(directory)).toBe(true);
    fixture.child.kill('SIGKILL');
    await waitUntil('the cgroup is gone', () => !existsSync(directory));
  });

  test('are not touched by a stop of the worker while something was left in them', async () => {
    const fixture = await attempt.run(() => run.start('scrubbed-daemon'));
    const directory = directoryOf(attempt);
    attempt.close('leave');
    await lab.close();
    await run.beatsGoOn(fixture.beatFile('daemon'));
    expect(existsSync(directory)).toBe(true);
    writeFileSync(join(directory, 'cgroup.kill'), '1');
    await waitUntil('it is dead', () => !isRunning(fixture.pidOf('daemon')));
    await removeWhole(lab.directory);
  });

  test('nothing is killed or removed that does not bear the name of an attempt', async () => {
    const { child } = await run.start('forever');
    const lookalike = join(run.dir, `${'0'.repeat(32)}:1:1`);
    mkdirSync(lookalike);
    for (const cgroup of [ownDirectory, lab.directory, `${lab.directory}/..`, String(mountPoint), lookalike]) {
      lab.reaper.tell({ type: 'enclosed', token: attempt.token, ref: { cgroup } });
      expect(await attempt.kill()).toMatchObject({ proof: 'scan', processes: [] });
    }
    attempt.close();
    expect(isRunning(child.pid as number)).toBe(true);
    expect(existsSync(lookalike)).toBe(true);
  });
});

/** The kernel takes its time to empty a cgroup of what is dead. */
async function removeWhole(directory: string): Promise<void> {
  await waitUntil(`${directory} is removed`, () => {
    childProcess.spawnSync('find', [directory, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
    return !existsSync(directory);
  });
}
