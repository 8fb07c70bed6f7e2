import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { elusiveFixtures } from '../fixtures/processes';
import type { LabOptions } from '../fixtures/subreaper/lab';
import { isRunning, procFile } from '../helpers/kernel-oracle';
import type { LabProcess } from '../helpers/lab-process';
import { waitUntil } from '../helpers/wait-until';
import { SubreaperRun } from './subreaper-run';

let run: SubreaperRun;
beforeEach(() => (run = new SubreaperRun()));
afterEach(() => run.end());

const forms: LabOptions['form'][] = ['thread', 'inline'];

describe.each(forms)('on the form "%s"', (form) => {
  let lab: LabProcess;
  beforeEach(async () => {
    lab = await run.lab({ level: 'subreaper', form });
    await lab.attempt('a');
  });

  test.each(['a', ''])(
    '400 daemonising spawns of attempt "%s": no exit code is lost, no zombie is left',
    async (name) => {
      expect(await lab.do('daemonise', name, 400)).toEqual({ wrong: 0 });
      await lab.reapsAll();
    },
  );

  test.each(['a', ''])('100 daemonising synchronous calls of attempt "%s"', async (name) => {
    expect(await lab.do('daemoniseSync', name, 100)).toEqual({ wrong: 0 });
    await lab.reapsAll();
  });

  test('exec with a timeout, execa, fork, cluster, execFile and a missing program are as without us', async () => {
    expect(await lab.do('routes', 'a')).toEqual({
      said: 'hello',
      forkedCode: 0,
      memberSaid: 'again',
      memberCode: 0,
      exitCode: 3,
      stdout: 'out\n',
      killed: true,
      signal: 'SIGTERM',
      code: 'ENOENT',
    });
    await lab.kill('a');
    await lab.reapsAll();
  });

  test('the exit event of a pseudo-terminal, whose native code waits for its own child', async () => {
    const codes = Array.from({ length: 30 }, (_, i) => i + 1);
    expect(await lab.do('terminal', 'a', codes.length)).toEqual({ exits: codes });
    // What the terminals' shells have left.
    await lab.reapsAll();
  });

  test('what an untracked spawn leaves is reaped too, when it dies', async () => {
    const pid = await lab.start('', { command: 'sh', args: ['-c', '(sleep 0.5 &) ; exit 4'] });
    expect(await lab.do('exitOf', pid)).toEqual([4, null]);
    await delay(600);
    await lab.reapsAll();
  });

  test('the reaper has stopped: what it has left is reaped when it dies, and orphans go elsewhere', async () => {
    await lab.start('a', { command: 'sh', args: ['-c', '(sleep 1 &)'] });
    await lab.do('close', 'a');
    await delay(200);
    await lab.do('stop');
    await lab.start('', { command: 'sh', args: ['-c', '(true &)'] });
    await delay(1_500);
    await lab.reapsAll();
  });
});

test.each(['a', ''])(
  'a child of attempt "%s" that exits while its spawn is still under way keeps its exit code',
  async (name) => {
    const lab = await run.lab({ level: 'subreaper', form: 'thread' });
    await lab.attempt('a');
    expect(await lab.do('slowSpawn', name)).toBe(7);
  },
);

test.each([
  ['an orphan that has got rid of its tag is reaped when it has been dead for long', false, 0],
  ['but not while the loop is blocked: it might be a child that Node waits for', true, 1],
])('%s', async (_title, isBlocked, left) => {
  const lab = await run.lab({ level: 'subreaper', form: 'thread' });
  expect(await lab.do('forget', isBlocked)).toBe(5);
  expect(lab.zombies()).toHaveLength(left);
});

test('while the main loop is blocked, orphans are reaped, and neither its call nor other children lose their exit code', async () => {
  const lab = await run.lab({ level: 'subreaper', form: 'thread' });
  await lab.attempt('a');
  // The reaper's thread has loaded all that it needs.
  expect(await lab.do('daemonise', 'a', 1)).toEqual({ wrong: 0 });
  await lab.reapsAll();
  const release = await run.blockWithOrphans(lab, 'a', 400);
  // The 20 children of the blocked loop's own are for it to reap.
  await waitUntil('the rest is reaped', () => lab.zombies().length <= 20);
  expect(await release()).toEqual({ status: 9, wrong: 0 });
  await lab.reapsAll();
});

test.each([
  ['in an attempt', 'a'],
  ['outside of any', ''],
])('a child that Node waits for keeps its exit code while the loop is blocked, %s', async (_title, name) => {
  const lab = await run.lab({ level: 'subreaper', form: 'thread' });
  await lab.attempt('a');
  expect(await lab.do('exitWhileBlocked', name)).toBe(7);
});

test('negative control: inline nothing is reaped while the loop is blocked, so that many are there to be reaped', async () => {
  const lab = await run.lab({ level: 'subreaper', form: 'inline' });
  await lab.attempt('a');
  const release = await run.blockWithOrphans(lab, 'a', 400);
  await delay(1_000);
  expect(lab.zombies().length).toBeGreaterThan(300);
  expect(await release()).toEqual({ status: 9, wrong: 0 });
  await lab.reapsAll();
});

test('a call that blocks the main loop is killed with its daemon, and returns', async () => {
  const lab = await run.lab({ level: 'subreaper', form: 'thread' });
  await lab.do('attempt', 'a', 1_500);
  const { command, args } = elusiveFixtures['empties-daemon'];
  const dir = run.newDir();
  expect(await lab.do('startSync', 'a', { command, args: args(dir) })).toEqual({ status: null, signal: 'SIGKILL' });
  const daemon = Number(readFileSync(join(dir, 'daemon.pid'), 'utf8'));
  await waitUntil('the daemon is dead', () => !isRunning(daemon));
  await lab.reapsAll();
});

test("orphans of a user's thread are reaped soon, and the thread loses no exit code", async () => {
  const lab = await run.lab({ level: 'subreaper', form: 'thread' });
  expect(await lab.do('daemoniseInThread', 20, 10)).toEqual({ wrong: 0 });
  await lab.reapsAll();
});

test('so is what such a thread has started and not waited for, when the thread has ended', async () => {
  const lab = await run.lab({ level: 'subreaper', form: 'thread' });
  const pids = await lab.do<number[]>('leaveByThread', 10);
  await waitUntil('they have ended', () => pids.every((pid) => !isRunning(pid)));
  await lab.reapsAll();
});

test("what a thread of the user starts meanwhile carries no attempt's tag, and is not killed", async () => {
  const lab = await run.lab({ level: 'subreaper', form: 'thread' });
  await lab.attempt('a');
  const program = { command: 'sleep', args: ['60'] };
  const { pids } = await lab.do<{ pids: number[] }>('strangerOfThread', 'a', program, 150);
  try {
    expect(pids.length).toBeGreaterThan(50);
    expect(new Set(pids.map((pid) => /^Max file locks +(\d+) /m.exec(procFile(pid, 'limits') ?? '')?.[1])).size).toBe(
      1,
    );
    await lab.kill('a');
    expect(pids.filter((pid) => !isRunning(pid))).toEqual([]);
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGKILL');
  }
});
