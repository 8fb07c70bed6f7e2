import { spawn } from 'node:child_process';
import { killProcessTree } from '../../src/process';
import { TestRun } from '../fixtures/processes/test-run';
import { allPids, groupOf, isRunning, sessionOf, stateOf } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';

let run: TestRun;
beforeEach(() => (run = new TestRun()));
afterEach(() => run.end());

function unusedPid(): number {
  const taken = new Set(allPids());
  for (let pid = 30_000; ; pid--) if (!taken.has(pid)) return pid;
}

test('a child in our own group is killed with its descendants; we go on', async () => {
  const fixture = await run.start('shell-pipeline', { detached: false });
  expect(groupOf(fixture.child.pid!)).toBe(groupOf(process.pid));
  await killProcessTree(fixture.child.pid!, { graceMs: 1_000 });
  for (const role of ['main', 'left', 'right']) expect(isRunning(fixture.pidOf(role))).toBe(false);
});

test('a process in the middle of a tree takes what is below along, not what is above', async () => {
  const fixture = await run.start('forks-children');
  await killProcessTree(fixture.pidOf('generation-2'), { graceMs: 1_000 });
  expect(isRunning(fixture.pidOf('generation-4'))).toBe(false);
  await run.beatsGoOn(fixture.beatFile('generation-1'));
});

test('PROCESS_NOT_FOUND', async () => {
  await expect(killProcessTree(unusedPid())).rejects.toMatchObject({ code: 'PROCESS_NOT_FOUND' });
});

test.each([0, 1, -1, -4711, process.pid, process.ppid])('PROCESS_PROTECTED: %i', async (pid) => {
  await expect(killProcessTree(pid)).rejects.toMatchObject({ code: 'PROCESS_PROTECTED' });
});

test('PROCESS_PROTECTED: a neighbour in our session that does not descend from us', async () => {
  // The shell in between exits, so its child is nobody's of ours any more.
  const shell = spawn('sh', ['-c', 'sleep 60 & echo $!'], { env: run.env, stdio: ['ignore', 'pipe', 'ignore'] });
  const pid = await new Promise<number>((resolve) => shell.stdout.once('data', (line) => resolve(Number(line))));
  await waitUntil('the shell is reaped', () => stateOf(shell.pid!) === undefined);
  expect(sessionOf(pid)).toBe(sessionOf(process.pid));
  await expect(killProcessTree(pid)).rejects.toMatchObject({ code: 'PROCESS_PROTECTED' });
  expect(isRunning(pid)).toBe(true);
});

test.each<[what: string, pid: number | undefined, options: object]>([
  ['a pid that is not an integer', 1.5, {}],
  ['no pid', NaN, {}],
  ['an unknown option', undefined, { grace: 1 }],
  ['a grace out of range', undefined, { graceMs: -1 }],
  ['a signal that is no first signal', undefined, { signal: 'SIGSTOP' }],
  ['a level that is none', undefined, { containment: 'total' }],
])('OPTION_INVALID: %s; nothing is signalled', async (_what, pid, options) => {
  const fixture = await run.start('forever');
  const killed = killProcessTree(pid ?? fixture.child.pid!, options);
  await expect(killed).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  await run.beatsGoOn(fixture.beatFile('main'));
});

test.each(['cgroup', 'subreaper'] as const)(
  'CONTAINMENT_UNAVAILABLE: %s; never a lower level instead',
  async (level) => {
    const fixture = await run.start('forever');
    const killed = killProcessTree(fixture.child.pid!, { containment: level });
    await expect(killed).rejects.toMatchObject({ code: 'CONTAINMENT_UNAVAILABLE' });
    await run.beatsGoOn(fixture.beatFile('main'));
  },
);
