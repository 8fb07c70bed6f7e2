import childProcess, { type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestRun } from '../fixtures/processes/test-run';
import { isRunning } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { describeCgroup, describeRoot } from './cgroup-here';
import { cgroupOf, mountPoint, ownDirectory } from './cgroup-kernel';
import { CgroupLab, type LabAttempt } from './cgroup-lab';

const PLAIN = /its kills are proven by a look only/;
const OUTSIDE = /starts outside of its attempt's cgroup/;

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
  test('when the move into the cgroup is refused: empty as it is, nobody was in it', async () => {
    // A shell that lets nobody in: it takes another file for cgroup.procs.
    const shell = join(run.dir, 'refusing-shell');
    writeFileSync(shell, '#!/bin/sh\nscript=$2; shift 3; exec /bin/sh -c "$script" /nonexistent/cgroup.procs "$@"\n');
    chmodSync(shell, 0o755);
    Object.assign(lab.containment.encloserData ?? {}, { trampolines: { sh: shell } });
    const refused = lab.attempt();
    const fixture = await refused.run(() => run.start('scrubbed-daemon'));
    expect(refused.enclosed).toEqual([true]);
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
    writeFileSync(join(lab.directory, 'cgroup.max.descendants'), '2'); // the attempt's, and that of its first spawn
    const other = lab.attempt();
    const fixture = await other.run(() => run.start('forever'));
    await other.run(() => exited(childProcess.spawn('true')));
    expect(other.enclosed).toEqual([false, false]);
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
  test('cannot be enclosed: it is killed, and the kernel is no witness', async () => {
    const child = attempt.run(() => childProcess.spawn('sleep', ['60'], { uid: 65534, gid: 65534, env: run.env }));
    expect(attempt.enclosed).toEqual([false]);
    const report = await attempt.kill();
    expect(isRunning(child.pid as number)).toBe(false);
    expect(report).toMatchObject({ proof: 'scan', processes: [{ pid: child.pid, fate: 'exited' }] });
    expect(lab.logs.find((line) => OUTSIDE.test(line))).toMatch(/another user/);
  });
});

describeCgroup('the cgroups of an attempt', () => {
  test('go as its processes go, and prove all the same that each was inside', async () => {
    attempt.run(() => {
      for (let i = 0; i < 20; i++) childProcess.spawnSync('true');
    });
    for (let i = 0; i < 20; i++) await attempt.run(() => exited(childProcess.spawn('true')));
    const fixture = await attempt.run(() => run.start('forever'));
    const entries = (): string[] =>
      readdirSync(directoryOf(attempt), { withFileTypes: true }).flatMap((each) =>
        each.isDirectory() ? [each.name] : [],
      );
    await waitUntil('only that of the one that lives is left', () => entries().length === 1);
    const report = await attempt.kill();
    expect(report).toMatchObject({ proof: 'kernel', processes: [{ pid: fixture.pidOf('main') }] });
    attempt.close();
    expect(existsSync(lab.directory) && attempt.directories(lab).length).toBe(0);
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
      lab.reaper.enclosed(attempt.token, { cgroup });
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
