import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { survivorsOf } from '../../src/contract/kill-report';
import { nobodysObstacle } from '../helpers/another-user';
import { isRunning, stateOf } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { canHideProc, hidingNode, threadsOf, zombiesOf } from './proc-tricks';
import { compiled, noCompiler } from './compile';
import { type Environment, full, isRoot, ownLevels, titleOf } from './environments';
import { Stage } from './stage';
import { Stranger } from './strangers';
import { openDir } from './trial';
import type { HostError, ZooHost } from './zoo-host';

/* Cases that are no behaviour of a process alone, at each containment level; their numbers are those of cases.ts. */

const SPAWNS = full ? 400 : 100;
const FREEZER = '/sys/fs/cgroup/freezer';
const noC = noCompiler();
const testC = noC === undefined ? test : test.skip;
const c = noC === undefined ? '' : ` (skipped: ${noC})`;

describe.each(ownLevels().map((environment) => [titleOf(environment), environment] as const))(
  '%s',
  (_title, environment: Environment) => {
    if (environment.unavailable !== undefined) {
      test.skip('single cases', () => undefined);
      return;
    }
    const stage = new Stage();
    let host: ZooHost;
    beforeAll(async () => {
      host = await stage.host(environment);
    });
    afterAll(() => stage.end());

    testC(`25 two attempts with runners: one is killed, the other runs on${c}`, async () => {
      const [one, other] = [await host.open(), await host.open()];
      const program = (dir: string) => ({ command: compiled('runner'), args: [dir, '1000'] });
      const killed = await stage.startProgram(host, one, program, ['main']);
      const spared = await stage.startProgram(host, other, program, ['main']);
      await spared.beatOn('runner');
      await host.kill(one);
      expect(killed.alive()).toEqual([]);
      await spared.beatOn('runner', 50);
      await host.kill(other);
      expect(spared.alive()).toEqual([]);
    });

    test('30 a start that fails with ENOENT, EACCES or E2BIG leaves no record, and what comes next is tracked', async () => {
      const attempt = await host.open();
      const dir = openDir(stage.run);
      const failing = [
        { code: 'ENOENT', program: { command: join(dir, 'not there'), args: [] } },
        { code: 'EACCES', program: { command: dir, args: [] } },
        { code: 'E2BIG', program: { command: 'true', args: ['x'.repeat(200_000)] } },
      ];
      for (const { code, program } of failing) {
        const error = await host.start(attempt, program).then(
          () => 'started',
          (thrown: HostError) => thrown.code,
        );
        expect([code, error]).toEqual([code, code]);
      }
      await host.start(attempt, { command: 'true', args: [] });
      await waitUntil('nothing is known any more', async () => {
        const { roots, groups } = await host.ask('known', { attempt });
        return roots === 0 && groups === 0;
      });
      const cast = await stage.start(host, attempt, 'leaves-session');
      await host.kill(attempt);
      expect(cast.alive()).toEqual([]);
    });

    test('42 who cleans up on SIGTERM keeps its exit code, and its report says that it was no SIGKILL', async () => {
      const attempt = await host.open();
      const patient = await stage.host(environment, {
        escalation: { signal: 'SIGTERM', graceMs: 20_000, settleMs: 2_000 },
      });
      await patient.open(attempt);
      const cast = await stage.start(patient, attempt, 'cleans-up-on-sigterm');
      const pid = cast.pidOf('main');
      const report = await patient.kill(attempt);
      expect(report.processes.find((it) => it.pid === pid)).toMatchObject({ fate: 'exited', signal: 'SIGTERM' });
      expect(existsSync(join(cast.dir, 'cleaned-up'))).toBe(true);
      await waitUntil('its exit is known', async () => (await patient.ask('exits', {}))[pid] !== undefined);
      expect((await patient.ask('exits', {}))[pid]).toBe('7');
    });

    testC(
      `46 a kill of an attempt whose processes have ended signals nobody, and a second kill is as good as one${c}`,
      async () => {
        const attempt = await host.open();
        const pid = await host.start(attempt, { command: 'true', args: [] });
        await waitUntil('it is reaped', async () => (await host.ask('exits', {}))[pid] !== undefined);
        const stranger = new Stranger(openDir(stage.run), 'stranger');
        stranger.spawn(stage.run.env);
        await stranger.started();
        const [first, second] = await host.ask('killMany', { attempts: [attempt, attempt] });
        for (const report of [first, second, await host.kill(attempt)]) {
          expect(report.processes).toEqual([]);
          expect(report.firstSignalAt).toBeUndefined();
        }
        expect(await stranger.harm()).toBeUndefined();
      },
    );

    testC(`47 a pipe that a daemon holds open does not hold up the kill${c}`, async () => {
      const attempt = await host.open();
      const program = (dir: string) => ({ command: compiled('escapee'), args: [dir, 'setsid', 'fork2', 'emptyenv'] });
      // execFile reads its output until all who hold it are gone.
      const cast = await stage.startProgram(host, attempt, program, ['main', 'escapee'], 'execFile');
      await host.kill(attempt); // or the test runs into its own limit
      expect(cast.alive()).not.toContain('main');
    });

    test(`64 ${SPAWNS} programs that daemonise: no exit code is lost, no zombie is left`, async () => {
      const attempt = await host.open();
      const codes = new Map<number, string>();
      for (let at = 0; at < SPAWNS; at += 10) {
        const batch = Array.from({ length: 10 }, async (_, more) => {
          const code = (at + more) % 100;
          const pid = await host.start(attempt, {
            command: 'sh',
            args: ['-c', `(true &); (sleep 0.01 &); exit ${code}`],
          });
          codes.set(pid, String(code));
        });
        await Promise.all(batch);
      }
      await waitUntil('all have ended', async () => {
        const exits = await host.ask('exits', {});
        return [...codes.keys()].every((pid) => exits[pid] !== undefined);
      });
      const exits = await host.ask('exits', {});
      expect([...codes].filter(([pid, code]) => exits[pid] !== code)).toEqual([]);
      await waitUntil('no zombie of the host is left', () => zombiesOf(host.pid) === 0);
      await host.kill(attempt);
      expect(zombiesOf(host.pid)).toBe(0);
    });

    testC(`73 under load, three busy loops: nobody is left, and a sibling goes on${c}`, async () => {
      const hogs = await host.open();
      for (let hog = 0; hog < 3; hog++) await host.start(hogs, { command: 'sh', args: ['-c', 'while :; do :; done'] });
      const sibling = await stage.start(host, hogs, 'forever');
      for (const steps of [['setsid', 'fork2'], ['!ignore', 'fork2'], ['setpgid']]) {
        if (environment.level === 'basic' && steps.includes('fork2') && steps.includes('setsid')) continue; // it leaves those
        const attempt = await host.open();
        const program = (dir: string) => ({ command: compiled('escapee'), args: [dir, ...steps] });
        const cast = await stage.startProgram(host, attempt, program, ['main', 'escapee']);
        await host.kill(attempt);
        expect([steps, cast.alive()]).toEqual([steps, []]);
      }
      const attempt = await host.open();
      const runner = (dir: string) => ({ command: compiled('runner'), args: [dir, '0'] });
      const cast = await stage.startProgram(host, attempt, runner, ['main']);
      await cast.beatOn('runner', 50);
      await host.kill(attempt);
      expect(cast.alive()).toEqual([]);
      await sibling.beatOn('main');
      await host.kill(hogs);
    });

    const frozen = isRoot && existsSync(join(FREEZER, 'tasks')) ? test : test.skip;
    const noFreezer = ' (skipped: it needs root and a cgroup v1 freezer, whose processes even SIGKILL does not end)';
    frozen(
      `40 and 68 an unkillable process is reported as a survivor in time${frozen === test ? '' : noFreezer}`,
      async () => {
        const attempt = await host.open();
        const cast = await stage.start(host, attempt, 'forever');
        const pid = cast.pidOf('main');
        const group = join(FREEZER, `reaper-zoo-${process.pid}-${environment.level}`);
        mkdirSync(group);
        try {
          writeFileSync(join(group, 'tasks'), String(pid));
          for (const tid of threadsOf(pid)) writeFileSync(join(group, 'tasks'), tid);
          writeFileSync(join(group, 'freezer.state'), 'FROZEN');
          await waitUntil('it is frozen', () => readFileSync(join(group, 'freezer.state'), 'utf8').trim() === 'FROZEN');
          const report = await host.kill(attempt);
          expect(isRunning(pid)).toBe(true);
          const [survivor] = survivorsOf(report);
          expect(survivor).toMatchObject({ pid, fate: 'survived', signal: 'SIGKILL', state: stateOf(pid) });
        } finally {
          writeFileSync(join(group, 'freezer.state'), 'THAWED');
          await waitUntil('it is dead', () => !isRunning(pid)); // SIGKILL was waiting
          await waitUntil('its group is empty', () => readFileSync(join(group, 'tasks'), 'utf8') === '');
          rmdirSync(group);
        }
      },
    );

    const hidden = nobodysObstacle() === undefined && canHideProc() && noC === undefined ? test : test.skip;
    hidden(
      `70 /proc with hidepid=2, as nobody${hidden === test ? '' : ' (skipped: it needs root, a folder that nobody may read, Linux 5.8, a mount namespace, setpriv and a C compiler)'}`,
      async () => {
        const node = join(openDir(stage.run), 'node');
        writeFileSync(node, hidingNode(environment.node));
        chmodSync(node, 0o755);
        const weak: Environment = { ...environment, node, uid: undefined };
        const hiding = await stage.host(weak).catch((error: Error) => error.message);
        // A level may say that it cannot work so; it must not pretend to.
        if (typeof hiding === 'string') return expect(hiding).toContain('unavailable');
        const attempt = await hiding.open();
        const program = (dir: string) => ({ command: compiled('escapee'), args: [dir, 'setpgid'] });
        const cast = await stage.startProgram(hiding, attempt, program, ['main', 'escapee']);
        await hiding.kill(attempt);
        expect(cast.alive()).toEqual([]);
      },
    );
  },
);

const ownProc = isRoot && canHideProc() ? test : test.skip;
const noProc = ownProc === test ? '' : ' (skipped: it needs root, Linux 5.8 and a mount namespace)';
ownProc(`71 without /proc no level claims to look at it${noProc}`, () => {
  const probe = join(__dirname, '../../dist/test/zoo/host/probe.js');
  const said = (level: string): unknown => {
    const command = 'mount -t tmpfs none /proc && exec "$@"';
    const args = ['--mount', 'sh', '-c', command, 'sh', process.execPath, probe, level];
    return JSON.parse(execFileSync('unshare', args, { encoding: 'utf8' }));
  };
  for (const level of ['cgroup', 'subreaper', 'scan'])
    expect(said(level)).toEqual({ why: expect.any(String) as string });
  expect(said('auto')).toMatchObject({ level: 'basic', proof: 'none' });
});
