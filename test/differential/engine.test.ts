import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processFixtures } from '../fixtures/processes';
import { isRunning } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { compiled, noCompiler } from '../zoo/compile';
import type { HostRoute } from '../zoo/host/protocol';
import { Stage, bestLevel, nobodysLevel } from '../zoo/stage';
import { openDir } from '../zoo/trial';
import type { HostError, ZooHost } from '../zoo/zoo-host';

/* Defects of the original that are about tracking and killing on one host; see defects.ts. */

const stage = new Stage();
let host: ZooHost;
beforeAll(async () => {
  host = await stage.host();
});
afterAll(() => stage.end());

describe('D4 a process registered while its task is cancelled leaks', () => {
  test('the kill comes at any moment of the first 40 ms: nobody is left, and no start is lost silently', async () => {
    const dirs: string[] = [];
    const attempts: string[] = [];
    let refused = 0;
    const one = async (round: number): Promise<void> => {
      const dir = openDir(stage.run);
      dirs.push(dir);
      const attempt = await host.open();
      // Three starts in a row: the kill falls before, between or within them.
      const starts = [0, 1, 2].map((number) =>
        host
          .start(attempt, {
            command: 'sh',
            args: ['-c', 'echo >"$1/$2.ran"; sleep 100 & wait', 'it', dir, `${number}`],
          })
          .catch((error: HostError) => {
            expect(error.code).toBe('ATTEMPT_KILLED');
            refused++;
          }),
      );
      await delay(round % 40);
      const kill = host.kill(attempt);
      await Promise.all(starts);
      await kill;
      // What starts after the kill is a cleanup: it has the grace, and no more.
      await host.start(attempt, { command: 'sh', args: ['-c', 'sleep 100 & wait', 'late', dir] });
      attempts.push(attempt);
    };
    for (let round = 0; round < 80; round += 4) await Promise.all([0, 1, 2, 3].map((more) => one(round + more)));
    await waitUntil('nobody of them is left', () => {
      const { stdout } = spawnSync('ps', ['-eo', 'args='], { encoding: 'utf8' });
      return !dirs.some((dir) => stdout.includes(dir));
    });
    for (const attempt of attempts) {
      await expect(host.start(attempt, { command: 'sleep', args: ['100'] })).rejects.toThrow('was killed');
    }
    // Otherwise the kills came too late to prove anything, or too early.
    const ran = dirs.filter((dir) => existsSync(join(dir, '0.ran'))).length;
    expect(ran).toBeGreaterThan(0);
    expect(refused + (3 * dirs.length - ran)).toBeGreaterThan(0);
  });
});

describe("D9 an inner scope that ends takes the outer's tracking with it", () => {
  test('what is started after an untracked stretch, and after another attempt has ended, is killed', async () => {
    const outer = await host.open();
    const inner = await host.open();
    await host.ask('start', { attempt: outer, program: { command: 'true', args: [] }, untracked: true });
    await host.ask('close', { attempt: inner, how: 'returns' });
    const cast = await stage.start(host, outer, 'daemonises');
    await host.kill(outer);
    expect(cast.alive()).toEqual([]);
  });

  test('negative control: what is started in the untracked stretch goes on', async () => {
    const attempt = await host.open();
    const dir = openDir(stage.run);
    const { command, args } = processFixtures.forever;
    const { pid } = await host.ask('start', { attempt, program: { command, args: args(dir) }, untracked: true });
    await waitUntil('it is there', () => existsSync(join(dir, 'main.pid')));
    await host.kill(attempt);
    expect(isRunning(pid as number)).toBe(true);
  });
});

describe('D12 processes started from a thread of the body, by os.system or by posix_spawn are untracked', () => {
  // Every way that node:child_process has; execSync is its os.system. Of worker threads see `track` and `markerEnv`.
  const routes: HostRoute[] = ['spawn', 'exec', 'execFile', 'fork', 'execa'];
  test.each(routes)('%s', async (route) => {
    const attempt = await host.open();
    const cast = await stage.start(host, attempt, 'forks-children', route);
    await host.kill(attempt);
    expect(cast.alive()).toEqual([]);
  });

  test.each(['spawnSync', 'execSync'] as const)('%s, by what it has left behind', async (route) => {
    const attempt = await host.open();
    const program = (dir: string) => ({ command: 'sh', args: ['-c', '"$0" "$@" >/dev/null 2>&1 &', ...forever(dir)] });
    const cast = await stage.startProgram(host, attempt, program, ['main'], route);
    await cast.beatOn('main');
    await host.kill(attempt);
    expect(cast.alive()).toEqual([]);
  });
});

function forever(dir: string): string[] {
  const { command, args } = processFixtures.forever;
  return [command, ...args(dir)];
}

describe('D13 setsid or a process group of the child is taken for a single pid', () => {
  test.each([
    ['setsid in the program', 'leaves-session'],
    ['a process group of its own', 'own-group'],
    ['a shell that waits for its children', 'shell-pipeline'],
  ] as const)('%s', async (_name, fixture) => {
    const attempt = await host.open();
    const cast = await stage.start(host, attempt, fixture);
    await host.kill(attempt);
    expect(cast.alive()).toEqual([]);
  });

  test('children that keep the session of the worker: ownSession is false', async () => {
    const sharing = await stage.host(bestLevel(), { ownSession: false });
    const [attempt, other] = [await sharing.open(), await sharing.open()];
    const cast = await stage.start(sharing, attempt, 'forks-children');
    const innocent = await stage.start(sharing, other, 'forever');
    await sharing.kill(attempt);
    expect(cast.alive()).toEqual([]);
    await innocent.beatOn('main'); // it is in the same group and session
  });
});

describe('D15 descendants outside of the group leak, stopped ones cost the whole grace', () => {
  test.each(['daemonises', 'forks-children', 'leaves-session'] as const)('%s: nobody is left', async (fixture) => {
    const attempt = await host.open();
    const cast = await stage.start(host, attempt, fixture);
    await host.kill(attempt);
    expect(cast.alive()).toEqual([]);
  });

  test('a stopped process is woken for its SIGTERM, and ends of that', async () => {
    const patient = await stage.host(bestLevel(), {
      escalation: { signal: 'SIGTERM', graceMs: 60_000, settleMs: 1_000 },
    });
    const attempt = await patient.open();
    const cast = await stage.start(patient, attempt, 'stopped-child');
    const { processes } = await patient.kill(attempt); // in time, or the test runs into its own limit
    expect(cast.alive()).toEqual([]);
    expect(processes.find(({ pid }) => pid === cast.pidOf('stopped'))).toMatchObject({
      fate: 'exited',
      signal: 'SIGTERM',
    });
  });
});

describe('D17 a failure to kill is swallowed, and the entry is gone', () => {
  const nobody = nobodysLevel();
  const why = noCompiler() ?? (nobody ? undefined : 'only root can make a process that its worker may not signal');
  const testUnlessSkipped = why === undefined ? test : test.skip;
  testUnlessSkipped(
    `a process that may not be signalled is reported as denied, and a second request tries again${why ? ` (skipped: ${why})` : ''}`,
    async () => {
      const weak = await stage.host(nobody);
      const attempt = await weak.open();
      const program = (dir: string) => {
        const copy = join(dir, 'escapee');
        copyFileSync(compiled('escapee'), copy);
        chownSync(copy, 0, 0);
        chmodSync(copy, 0o4755);
        return { command: copy, args: [dir, 'become:0'] };
      };
      const cast = await stage.startProgram(weak, attempt, program, ['main', 'escapee']);
      const { level, processes } = await weak.kill(attempt);
      if (level === 'cgroup') return expect(cast.alive()).toEqual([]); // the kernel asks for no permission there
      expect(cast.alive()).toEqual(['escapee']);
      expect(processes.find(({ pid }) => pid === cast.pidOf('escapee'))).toMatchObject({ fate: 'denied' });
      expect(await weak.ask('list', { attempt })).toContain(cast.pidOf('escapee'));
      expect((await weak.kill(attempt)).processes.map(({ fate }) => fate)).toContain('denied');
    },
  );
});

describe('D18 the grace is longer than what stops the job waits, and a kill in its grace holds up all others', () => {
  test('a kill that waits for one who ignores SIGTERM holds up no other', async () => {
    const patient = await stage.host(bestLevel(), {
      escalation: { signal: 'SIGTERM', graceMs: 4_000, settleMs: 2_000 },
    });
    const [stubborn, obedient] = [await patient.open(), await patient.open()];
    const first = await stage.start(patient, stubborn, 'ignores-sigterm');
    const second = await stage.start(patient, obedient, 'daemonises');
    const order: string[] = [];
    const waiting = patient.kill(stubborn).then(() => order.push('stubborn'));
    await patient.kill(obedient).then(() => order.push('obedient'));
    expect([first.alive(), second.alive()]).toEqual([['main'], []]);
    await waiting;
    expect(order).toEqual(['obedient', 'stubborn']);
    expect(first.alive()).toEqual([]);
  });

  test('a worker that is told to stop is not over before its processes are, whatever they ignore', async () => {
    const stopping = await stage.host();
    const cast = await stage.start(stopping, await stopping.open(), 'ignores-sigterm');
    await stopping.end();
    expect(stopping.child.exitCode).toBe(0); // by itself
    expect(cast.alive()).toEqual([]);
  });
});
