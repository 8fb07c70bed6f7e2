import type { elusiveFixtures } from '../fixtures/processes';
import type { LabOptions } from '../fixtures/subreaper/lab';
import { NOBODY, nobodysObstacle, skippedFor } from '../helpers/another-user';
import { beatsStopped, isRunning } from '../helpers/kernel-oracle';
import type { LabProcess } from '../helpers/lab-process';
import { SubreaperRun } from './subreaper-run';

let run: SubreaperRun;
beforeEach(() => (run = new SubreaperRun()));
afterEach(() => run.end());

const forms: LabOptions['form'][] = ['thread', 'inline'];

async function killsDaemon(lab: LabProcess, name: keyof typeof elusiveFixtures): Promise<boolean> {
  await lab.attempt('a');
  const fixture = await run.startIn(lab, 'a', name);
  await lab.kill('a');
  expect(isRunning(fixture.pidOf('main'))).toBe(false);
  if (isRunning(fixture.pidOf('daemon'))) {
    await run.beatsGoOn(fixture.beatFile('daemon'));
    return false;
  }
  expect(await beatsStopped(fixture.beatFile('daemon'), 100)).toBe(true);
  return true;
}

describe.each(forms)('on the form "%s"', (form) => {
  describe.each(['empties-daemon', 'overwrites-daemon'] as const)('%s', (name) => {
    test('is killed at subreaper', async () => {
      const lab = await run.lab({ level: 'subreaper', form });
      expect(await killsDaemon(lab, name)).toBe(true);
      expect(lab.zombies()).toEqual([]);
    });

    test('negative control: it survives at scan', async () => {
      expect(await killsDaemon(await run.lab({ level: 'scan', form }), name)).toBe(false);
    });
  });

  const obstacle = nobodysObstacle();
  const asNobody = obstacle === undefined ? describe : describe.skip;
  asNobody(`undumpable-daemon of another user${skippedFor(obstacle)}`, () => {
    const nobody = { uid: NOBODY, gid: NOBODY };

    test('is killed at subreaper', async () => {
      expect(await killsDaemon(await run.lab({ level: 'subreaper', form }, nobody), 'undumpable-daemon')).toBe(true);
    });

    test('negative control: it survives at scan', async () => {
      expect(await killsDaemon(await run.lab({ level: 'scan', form }, nobody), 'undumpable-daemon')).toBe(false);
    });
  });
});

test('the report names the level, what was killed, and no proof', async () => {
  const lab = await run.lab({ level: 'subreaper', form: 'inline' });
  await lab.attempt('a');
  const fixture = await run.startIn(lab, 'a', 'empties-daemon');
  const report = await lab.kill('a');
  expect(report).toMatchObject({ level: 'subreaper', proof: 'scan' });
  const pids = ['main', 'daemon'].map((role) => fixture.pidOf(role));
  expect(report.processes.map(({ pid }) => pid)).toEqual(expect.arrayContaining(pids));
});

test('a daemon is given its grace period too', async () => {
  const lab = await run.lab({ level: 'subreaper', form: 'inline', graceMs: 10_000 });
  await lab.attempt('a');
  const fixture = await run.startIn(lab, 'a', 'empties-daemon');
  const { processes } = await lab.kill('a');
  const daemon = processes.find(({ pid }) => pid === fixture.pidOf('daemon'));
  expect(daemon).toMatchObject({ fate: 'exited', signal: 'SIGTERM' });
});

test('a sibling attempt, nobody, and an untracked daemon keep theirs, however often the first is killed', async () => {
  const lab = await run.lab({ level: 'subreaper', form: 'thread' });
  await lab.attempt('innocent');
  const innocents = [
    await run.startIn(lab, 'innocent', 'empties-daemon'),
    await run.startIn(lab, 'innocent', 'overwrites-daemon'),
    await run.startIn(lab, '', 'empties-daemon'),
  ];
  for (let round = 0; round < 20; round++) {
    const name = `round-${round}`;
    await lab.attempt(name);
    const [pid] = await Promise.all([
      run.startIn(lab, name, 'empties-daemon').then((fixture) => fixture.pidOf('daemon')),
      lab.start('innocent', { command: 'sh', args: ['-c', '(sleep 0.1 &)'] }),
    ]);
    await lab.kill(name);
    expect(isRunning(pid)).toBe(false);
  }
  for (const innocent of innocents) await run.beatsGoOn(innocent.beatFile('daemon'));
});
