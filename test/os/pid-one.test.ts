import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from '../../dev/dev-server';
import { cgroupObstacle } from './cgroup-here';
import type { ContainmentLevel } from '../../src/contract/kill-report';
import { waitUntil } from '../helpers/wait-until';
import { SubreaperRun } from './subreaper-run';

/*
 * The worker is PID 1, as in a container without an init: whatever loses its parent falls to it.
 */
const CONTAINER = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

const NATIVE = join(projectRoot(), 'dist', 'native', `${process.platform}-${process.arch}.node`);

const canUnshare = spawnSync(CONTAINER[0], [...CONTAINER.slice(1), 'true']).status === 0;
const describeContainer = (name: string, body: () => void): void =>
  canUnshare ? describe(name, body) : describe.skip(`${name} (skipped: no PID namespace can be made here)`, body);

let run: SubreaperRun;
beforeEach(() => (run = new SubreaperRun()));
afterEach(() => run.end());

const levels: ContainmentLevel[] = ['cgroup', 'subreaper', 'scan', 'basic'];

describeContainer('a worker that is PID 1', () => {
  describe.each(levels)('at level "%s"', (level) => {
    const possible = level === 'cgroup' && cgroupObstacle ? test.skip : test;
    const skipped = level === 'cgroup' && cgroupObstacle ? ` (skipped: ${cgroupObstacle})` : '';

    possible(`reaps every orphan, and nobody loses an exit code${skipped}`, async () => {
      const lab = await run.lab({ level, form: 'thread' }, {}, CONTAINER);
      await lab.attempt('a');
      expect(await lab.do('daemonise', 'a', 100)).toEqual({ wrong: 0 });
      expect(await lab.do('daemonise', '', 100)).toEqual({ wrong: 0 });
      expect(await lab.do('daemoniseSync', 'a', 30)).toEqual({ wrong: 0 });
      expect(await lab.do('daemoniseInThread', 10, 10)).toEqual({ wrong: 0 });
      const codes = Array.from({ length: 10 }, (_, i) => i + 1);
      expect(await lab.do('terminal', 'a', codes.length)).toEqual({ exits: codes });
      await lab.reapsAll();
      expect((await lab.kill('a')).level).toBe(level);
    });

    possible(`while its main loop is blocked, too${skipped}`, async () => {
      const lab = await run.lab({ level, form: 'thread' }, {}, CONTAINER);
      await lab.attempt('a');
      // Its reaper's thread has loaded all that it needs.
      await lab.kill('a');
      const release = await run.blockWithOrphans(lab, '', 200);
      // The 20 children of the blocked loop's own are for it to reap.
      await waitUntil('the rest is reaped', () => lab.zombies().length <= 20);
      expect(await release()).toEqual({ status: 9, wrong: 0 });
      await lab.reapsAll();
    });
  });

  test('reaps what it has left when its reaper has stopped', async () => {
    const lab = await run.lab({ level: 'scan', form: 'inline' }, {}, CONTAINER);
    await lab.attempt('a');
    await lab.start('a', { command: 'sh', args: ['-c', '(sleep 1 &)'] });
    await lab.do('close', 'a');
    await lab.do('stop');
    await lab.do('daemonise', '', 20);
    await delay(1_000);
    await lab.reapsAll();
  });

  test('negative control: without the native part they stay, and it says so', async () => {
    const hidden = ['sh', '-c', 'mount --bind /dev/null "$0" && exec "$@"', NATIVE];
    const lab = await run.lab({ level: 'scan', form: 'inline' }, {}, [...CONTAINER, ...hidden]);
    await lab.attempt('a');
    expect(await lab.do('daemonise', 'a', 20)).toEqual({ wrong: 0 });
    await delay(2_000);
    expect(lab.zombies().length).toBeGreaterThanOrEqual(20);
    expect(await lab.do('warnings')).toEqual([
      'This process is PID 1, and orphans stay zombies: start the container with an init',
    ]);
  });
});
