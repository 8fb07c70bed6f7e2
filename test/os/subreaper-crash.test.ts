import { isRunning } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { SubreaperRun } from './subreaper-run';

let run: SubreaperRun;
beforeEach(() => (run = new SubreaperRun()));
afterEach(() => run.end());

const withGuardian = { form: 'thread', guardian: true } as const;

test('the worker is killed: its guardian kills a daemon that only the tag tells, and nobody else', async () => {
  const other = await run.lab({ ...withGuardian, level: 'subreaper' });
  await other.attempt('a');
  const lab = await run.lab({ ...withGuardian, level: 'subreaper' });
  await lab.attempt('a');
  const bystanders = [
    await run.startIn(other, 'a', 'empties-daemon'),
    await run.startIn(lab, '', 'empties-daemon'), // untracked
    await run.start('empties-daemon'),
  ];
  const fixtures = [
    await run.startIn(lab, 'a', 'empties-daemon'),
    await run.startIn(lab, 'a', 'overwrites-daemon'),
    await run.startIn(lab, 'a', 'daemonises'),
  ];
  await lab.end();
  for (const fixture of fixtures) {
    for (const role of ['main', 'daemon']) await waitUntil(`${role} is dead`, () => !isRunning(fixture.pidOf(role)));
  }
  for (const bystander of bystanders) await run.beatsGoOn(bystander.beatFile('daemon'));
});

test('negative control: at scan that daemon outlives its worker', async () => {
  const lab = await run.lab({ ...withGuardian, level: 'scan' });
  await lab.attempt('a');
  const fixture = await run.startIn(lab, 'a', 'empties-daemon');
  await lab.end();
  await waitUntil('the program is dead', () => !isRunning(fixture.pidOf('main')));
  await run.beatsGoOn(fixture.beatFile('daemon'));
});

test('a worker within an activity of another: each kills its own, and the outer one all that is inside', async () => {
  const outer = await run.lab({ level: 'subreaper', form: 'thread' });
  await outer.attempt('a');
  await outer.attempt('b');
  const neighbour = await run.startIn(outer, 'b', 'empties-daemon');
  const innerPid = await outer.do<number>('nest', 'a', { level: 'subreaper', form: 'thread' });
  const inner = { start: (...args: unknown[]) => outer.do<number>('relay', 'start', ...args) };
  for (const name of ['killed', 'kept']) await outer.do('relay', 'attempt', name);
  const killed = await run.startIn(inner, 'killed', 'empties-daemon');
  const kept = await run.startIn(inner, 'kept', 'empties-daemon');
  const outside = await run.startIn(outer, 'a', 'empties-daemon');
  await outer.do('relay', 'kill', 'killed');
  expect(isRunning(killed.pidOf('daemon'))).toBe(false);
  await run.beatsGoOn(kept.beatFile('daemon'));
  await run.beatsGoOn(outside.beatFile('daemon'));

  await outer.kill('a');
  expect([innerPid, kept.pidOf('daemon'), outside.pidOf('daemon')].filter((pid) => isRunning(pid))).toEqual([]);
  await run.beatsGoOn(neighbour.beatFile('daemon'));
});
