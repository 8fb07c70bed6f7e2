import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { survivorsOf } from '../../src/contract/kill-report';
import { beatsStopped, isRunning } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { TestRun } from '../fixtures/processes/test-run';
import { describeCgroup } from './cgroup-here';
import { cgroupOf, mountPoint } from './cgroup-kernel';
import { CgroupLab, type LabAttempt } from './cgroup-lab';

let run: TestRun;
const labs: CgroupLab[] = [];

async function open(level: 'cgroup' | 'scan'): Promise<[CgroupLab, LabAttempt]> {
  const lab = await CgroupLab.open({ level });
  labs.push(lab);
  return [lab, lab.attempt()];
}

beforeEach(() => (run = new TestRun()));
afterEach(async () => {
  try {
    await Promise.all(labs.splice(0).map((lab) => lab.close()));
  } finally {
    await run.end();
  }
});

describeCgroup('at level cgroup', () => {
  test('the probe leaves nothing behind, and there is nothing to say against it', async () => {
    const [lab] = await open('cgroup');
    expect(lab.containment).toMatchObject({ level: 'cgroup', reason: '' });
    expect(existsSync(lab.directory)).toBe(false);
  });

  test('a daemon that emptied its environment is dead, and the kernel says so', async () => {
    const [lab, attempt] = await open('cgroup');
    const fixture = await attempt.run(() => run.start('scrubbed-daemon'));
    const daemon = fixture.pidOf('daemon');
    expect(cgroupOf(daemon)).toContain(`temporal-reaper:${lab.mark.hostId}`);
    const report = await attempt.kill();
    expect(isRunning(daemon)).toBe(false);
    expect(await beatsStopped(fixture.beatFile('daemon'))).toBe(true);
    expect(report).toMatchObject({ level: 'cgroup', proof: 'kernel' });
    expect(report.processes.map(({ pid }) => pid).sort()).toEqual([daemon, fixture.pidOf('main')].sort());
    attempt.close();
    expect(attempt.directories(lab)).toEqual([]);
  });

  test('negative control: at scan that daemon goes on', async () => {
    const [, attempt] = await open('scan');
    const fixture = await attempt.run(() => run.start('scrubbed-daemon'));
    const report = await attempt.kill();
    expect(report).toMatchObject({ level: 'scan', proof: 'scan' });
    await run.beatsGoOn(fixture.beatFile('daemon'));
  });

  /** A process of the attempt that has ended, and how much processor time it has used, in ms, by the kernel's count. */
  function burn(attempt: LabAttempt): number {
    const program = `const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
for (let i = 1; i % 1000000 || used() < 500; i++); console.log(used());`;
    return Number(attempt.run(() => execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' })));
  }

  test('a report has the processor time of all that the attempt has run, also of what had ended before', async () => {
    const [, attempt] = await open('cgroup');
    const usedMs = burn(attempt);
    expect(usedMs).toBeGreaterThan(500);
    await attempt.run(() => run.start('forever'));
    const { cpuMs } = await attempt.kill();
    expect(cpuMs).toBeGreaterThanOrEqual(usedMs);
    expect(cpuMs).toBeLessThan(usedMs + 1_000);
  });

  test('negative control: of another attempt it has not, and at scan there is none', async () => {
    const [lab, burns] = await open('cgroup');
    burn(burns);
    const other = lab.attempt();
    await other.run(() => run.start('forever'));
    expect((await other.kill()).cpuMs).toBeLessThan(500);
    const [, scanned] = await open('scan');
    await scanned.run(() => run.start('forever'));
    expect((await scanned.kill()).cpuMs).toBeUndefined();
  });

  test('what forks and exits faster than a look is dead', async () => {
    const [, attempt] = await open('cgroup');
    const fixture = await attempt.run(() => run.start('runner'));
    await run.beatsGoOn(fixture.beatFile('runner'));
    const report = await attempt.kill();
    expect(await beatsStopped(fixture.beatFile('runner'))).toBe(true);
    expect(report.proof).toBe('kernel');
    expect(survivorsOf(report)).toEqual([]);
  });

  test('negative control: at scan it goes on', async () => {
    const [, attempt] = await open('scan');
    const fixture = await attempt.run(() => run.start('runner'));
    try {
      await attempt.kill();
      await run.beatsGoOn(fixture.beatFile('runner'));
    } finally {
      writeFileSync(join(fixture.dir, 'stop'), '');
      await waitUntil('the runner has stopped', () => beatsStopped(fixture.beatFile('runner')));
    }
  });

  test('a fork bomb that is still growing is dead, whatever sessions it is in', async () => {
    const [, attempt] = await open('cgroup');
    const fixture = await attempt.run(() => run.start('fork-bomb'));
    const report = await attempt.kill();
    expect(run.processes()).toEqual([]);
    expect(await beatsStopped(fixture.beatFile('main'))).toBe(true);
    expect(report.proof).toBe('kernel');
    expect(survivorsOf(report)).toEqual([]);
  });

  /** A shell that makes a cgroup below the attempt's, enters it, and becomes a program that ignores SIGTERM or not. */
  async function startInSubCgroup(attempt: LabAttempt, fixture: string): Promise<{ pid: number; directory: string }> {
    const dir = run.newDir();
    const program = join(__dirname, '../fixtures/processes', fixture);
    const script = `d="${mountPoint}$(sed -n 's/^0:://p' /proc/self/cgroup)/sub"; mkdir "$d"; echo 0 >"$d/cgroup.procs"; exec "$@"`;
    attempt.run(() => {
      spawn('sh', ['-c', script, 'sh', process.execPath, program, dir], { stdio: 'ignore', env: run.env });
    });
    await waitUntil('it has started', () => existsSync(join(dir, 'main.pid')));
    const pid = Number(readFileSync(join(dir, 'main.pid'), 'utf8'));
    expect(cgroupOf(pid)).toMatch(/\/sub$/);
    return { pid, directory: join(String(mountPoint), String(cgroupOf(pid))) };
  }

  test.each(['forever.js', 'ignores-sigterm.js'])(
    '%s in a sub-cgroup of its own is dead, and the sub-cgroup gone',
    async (file) => {
      const [lab, attempt] = await open('cgroup');
      const { pid, directory } = await startInSubCgroup(attempt, file);
      const report = await attempt.kill();
      expect(isRunning(pid)).toBe(false);
      expect(report.proof).toBe('kernel');
      attempt.close();
      expect(existsSync(directory)).toBe(false);
      expect(attempt.directories(lab)).toEqual([]);
    },
  );

  test('what is frozen is woken for its first signal', async () => {
    const [, attempt] = await open('cgroup');
    const { pid, directory } = await startInSubCgroup(attempt, 'forever.js');
    writeFileSync(join(directory, 'cgroup.freeze'), '1');
    await waitUntil('it is frozen', () => readFileSync(join(directory, 'cgroup.events'), 'utf8').includes('frozen 1'));
    const report = await attempt.kill();
    expect(isRunning(pid)).toBe(false);
    expect(report).toMatchObject({ proof: 'kernel', processes: [{ fate: 'exited', signal: 'SIGTERM' }] });
  });

  test('negative control: what is frozen does not act on SIGTERM', async () => {
    const [, attempt] = await open('cgroup');
    const { pid, directory } = await startInSubCgroup(attempt, 'forever.js');
    writeFileSync(join(directory, 'cgroup.freeze'), '1');
    await waitUntil('it is frozen', () => readFileSync(join(directory, 'cgroup.events'), 'utf8').includes('frozen 1'));
    process.kill(pid, 'SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isRunning(pid)).toBe(true);
  });

  test('spares the processes of another attempt, and untracked ones', async () => {
    const [lab, attempt] = await open('cgroup');
    const other = lab.attempt();
    const stranger = await run.start('scrubbed-daemon');
    const sibling = await other.run(() => run.start('scrubbed-daemon'));
    await attempt.run(() => run.start('scrubbed-daemon'));
    expect(cgroupOf(stranger.pidOf('daemon'))).toBe(cgroupOf('self'));
    await attempt.kill();
    for (const spared of [stranger, sibling]) {
      await run.beatsGoOn(spared.beatFile('main'));
      await run.beatsGoOn(spared.beatFile('daemon'));
    }
  });

  test('a SIGTERM that is obeyed is not followed by SIGKILL', async () => {
    const [, attempt] = await open('cgroup');
    const fixture = await attempt.run(() => run.start('cleans-up-on-sigterm'));
    const report = await attempt.kill();
    expect(existsSync(join(fixture.dir, 'cleaned-up'))).toBe(true);
    expect(report).toMatchObject({ proof: 'kernel', processes: [{ fate: 'exited', signal: 'SIGTERM' }] });
  });
});
