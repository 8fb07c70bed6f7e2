import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { survivorsOf } from '../../src/contract/kill-report';
import { killProcessTree } from '../../src/process';
import { type FixtureName, processFixtures } from '../fixtures/processes';
import { TestRun } from '../fixtures/processes/test-run';
import { beatsStopped, isRunning } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';

let run: TestRun;
beforeEach(() => (run = new TestRun()));
afterEach(() => run.end());

/** Roles that live on after a plain `child.kill()`; that none is listed means that this alone would do. */
const shapes: Array<[FixtureName, leftByPlainKill: string[]]> = [
  ['forever', []],
  ['ignores-sigterm', ['main']],
  ['forks-children', ['generation-1', 'generation-2', 'generation-3', 'generation-4']],
  ['leaves-session', ['leaver', 'leaver-child']],
  ['own-group', ['member']],
  ['empties-environment', ['emptied']],
  ['shell-pipeline', ['left', 'right']],
  ['zombie-parent', []],
  ['named-with-parentheses', []],
];

describe.each(shapes)('%s', (name, leftByPlainKill) => {
  const { roles, beating } = processFixtures[name];

  test('is dead after killProcessTree', async () => {
    const fixture = await run.start(name);
    const pids = roles.map((role) => fixture.pidOf(role));
    const report = await killProcessTree(fixture.child.pid!, { graceMs: 200 });
    expect(pids.filter((pid) => isRunning(pid))).toEqual([]);
    expect(survivorsOf(report)).toEqual([]);
    expect(report).toMatchObject({ level: 'scan', proof: 'scan' });
    for (const role of beating) expect(await beatsStopped(fixture.beatFile(role), 100)).toBe(true);
    expect(run.processes()).toEqual([]);
  });

  if (leftByPlainKill.length > 0) {
    test('negative control: a plain kill leaves it beating', async () => {
      const fixture = await run.start(name);
      fixture.child.kill('SIGTERM');
      for (const role of leftByPlainKill) await run.beatsGoOn(fixture.beatFile(role));
    });
  } else {
    test('negative control: it beats until it is killed', async () => {
      const fixture = await run.start(name);
      await run.beatsGoOn(fixture.beatFile('main'));
    });
  }
});

test('a stopped child is woken for its first signal, so SIGTERM ends it', async () => {
  const fixture = await run.start('stopped-child');
  const stopped = fixture.pidOf('stopped');
  const report = await killProcessTree(fixture.child.pid!, { graceMs: 10_000 });
  expect(isRunning(stopped)).toBe(false);
  expect(report.processes.find(({ pid }) => pid === stopped)).toMatchObject({ fate: 'exited', signal: 'SIGTERM' });
});

test('negative control: a stopped child does not act on SIGTERM alone', async () => {
  const fixture = await run.start('stopped-child');
  fixture.child.kill('SIGTERM');
  process.kill(fixture.pidOf('stopped'), 'SIGTERM');
  await waitUntil('the parent is dead', () => !isRunning(fixture.pidOf('main')));
  expect(isRunning(fixture.pidOf('stopped'))).toBe(true);
});

test('a child that comes in answer to SIGTERM is killed too', async () => {
  const fixture = await run.start('late-spawner');
  const report = await killProcessTree(fixture.child.pid!, { graceMs: 1_000 });
  expect(report.processes.length).toBeGreaterThanOrEqual(2);
  expect(survivorsOf(report)).toEqual([]);
  expect(run.processes()).toEqual([]);
});

test('negative control: the late child outlives a SIGTERM to its parent', async () => {
  const fixture = await run.start('late-spawner');
  fixture.child.kill('SIGTERM');
  await waitUntil('the late child is there', () => existsSync(join(fixture.dir, 'late.pid')));
  await run.beatsGoOn(fixture.beatFile('late'));
});

test('a zombie is no survivor, and is not reported as killed', async () => {
  const fixture = await run.start('zombie-parent');
  const zombie = Number(readFileSync(join(fixture.dir, 'zombie.pid'), 'utf8'));
  const report = await killProcessTree(fixture.child.pid!, { graceMs: 1_000 });
  expect(report.processes.map(({ pid }) => pid)).not.toContain(zombie);
});
