import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { openForOrphans } from '../../src/process/containment/ladder';
import { KillEngine } from '../../src/process/kill/kill-engine';
import { findOrphans, sweepOrphans } from '../../src/process/kill/sweep';
import { TestRun } from '../fixtures/processes/test-run';
import { isRunning } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { describeCgroup } from './cgroup-here';
import { cgroupOf } from './cgroup-kernel';
import { CgroupLab } from './cgroup-lab';
import { LabWorker } from './cgroup-workers';
import { quick } from './engine-run';

let run: TestRun;
beforeEach(() => (run = new TestRun()));
afterEach(() => run.end());

const nothing = { attempts: [], doubted: [] };
const isGone = (directory: string) => (): boolean => !existsSync(directory);

describeCgroup('what a worker leaves that dies', () => {
  test('its guardian kills, also what only the cgroup knows, and removes the cgroups', async () => {
    const worker = await LabWorker.start(run, { guardian: true }, 'scrubbed-daemon');
    expect(worker.says).toMatchObject({ level: 'cgroup', reason: '' });
    await worker.end('SIGKILL');
    await waitUntil('the daemon is dead', () => !isRunning(worker.pidOf('daemon')));
    await waitUntil('the cgroups are gone', isGone(worker.says.directory));
  });

  test('negative control: at scan its guardian does not see that daemon', async () => {
    const worker = await LabWorker.start(run, { guardian: true, level: 'scan' }, 'scrubbed-daemon');
    await worker.end('SIGKILL');
    await waitUntil('the guardian has killed the rest', () => !isRunning(worker.pidOf('main')));
    await run.beatsGoOn(worker.beatFile('daemon'));
  });

  test('a sweep lists and kills without a guardian, and only of its own host', async () => {
    const hostId = `lab-${randomUUID()}`;
    const worker = await LabWorker.start(run, { hostId }, 'scrubbed-daemon');
    const { directory } = worker.says;
    const engine = new KillEngine(openForOrphans('scan'));

    expect(await sweepOrphans(engine, hostId, quick)).toEqual(nothing); // its worker lives
    await worker.end('SIGKILL');
    expect(await sweepOrphans(engine, `${hostId}x`, quick)).toEqual(nothing);
    await run.beatsGoOn(worker.beatFile('daemon'));

    const { attempts: orphans } = await findOrphans(engine, hostId);
    const pids = [worker.pidOf('main'), worker.pidOf('daemon')].sort();
    expect(orphans.map(({ processes }) => processes.map(({ pid }) => pid).sort())).toEqual([pids]);
    const { attempts: swept } = await sweepOrphans(engine, hostId, quick);
    expect(swept).toMatchObject([{ report: { level: 'scan', proof: 'scan' } }]);
    expect(pids.map((pid) => isRunning(pid))).toEqual([false, false]);
    await waitUntil('the cgroups are gone', isGone(directory));
  });

  test('a sweep removes what is empty', async () => {
    const hostId = `lab-${randomUUID()}`;
    const worker = await LabWorker.start(run, { hostId }, 'forever');
    await worker.end('SIGKILL');
    process.kill(worker.pidOf('main'), 'SIGKILL');
    await waitUntil('all is dead', () => !isRunning(worker.pidOf('main')));
    expect(existsSync(worker.says.directory)).toBe(true);
    expect(await sweepOrphans(new KillEngine(openForOrphans('scan')), hostId, quick)).toEqual(nothing);
    expect(existsSync(worker.says.directory)).toBe(false);
  });
});

test('a worker that stops in order leaves nothing', async () => {
  const worker = await LabWorker.start(run, { level: 'auto' }, 'ignores-sigterm');
  await worker.end('SIGTERM');
  expect(isRunning(worker.pidOf('main'))).toBe(false);
  await waitUntil('the cgroups are gone', isGone(worker.says.directory));
});

describeCgroup('a worker nested in an activity', () => {
  test('has the level too, and dies with all it has started when the outer activity is killed', async () => {
    const lab = await CgroupLab.open();
    try {
      const attempt = lab.attempt();
      const nested = await attempt.run(() => LabWorker.start(run, { guardian: true }, 'scrubbed-daemon'));
      expect(nested.says).toMatchObject({ level: 'cgroup', reason: '' });
      expect(cgroupOf(nested.pidOf('daemon'))).toMatch(/temporal-reaper:.*temporal-reaper:/);
      const outer = cgroupOf(Number(nested.child.pid));
      expect(nested.says.directory).toContain(outer);
      const report = await attempt.kill();
      expect(report.proof).toBe('kernel');
      expect(isRunning(nested.pidOf('daemon'))).toBe(false);
      expect(isRunning(Number(nested.child.pid))).toBe(false);
      expect(run.processes()).toEqual([]);
      attempt.close();
      expect(existsSync(nested.says.directory)).toBe(false);
    } finally {
      await lab.close();
    }
  });

  test('kills what is its own, and spares the rest of the outer activity', async () => {
    const lab = await CgroupLab.open();
    try {
      const attempt = lab.attempt();
      const sibling = await attempt.run(() => run.start('forever'));
      const nested = await attempt.run(() => LabWorker.start(run, {}, 'scrubbed-daemon'));
      await nested.end('SIGTERM');
      expect(isRunning(nested.pidOf('daemon'))).toBe(false);
      await run.beatsGoOn(sibling.beatFile('main'));
      await attempt.kill();
      expect(isRunning(sibling.pidOf('main'))).toBe(false);
    } finally {
      await lab.close();
    }
  });
});
