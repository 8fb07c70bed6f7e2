import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';
import { attemptKey, formatMarker, markerName } from '../../src/process/marker';
import { NOBODY } from '../helpers/another-user';
import { startTicks } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { compiled, noCompiler } from './compile';
import { type Environment, full, isRoot, ownLevels, titleOf } from './environments';
import { attemptRef } from './host/tracking';
import { Stage } from './stage';
import { Stranger } from './strangers';
import { killIfThere, openDir } from './trial';
import type { ZooHost } from './zoo-host';

/*
 * Nobody but an attempt's own processes is ever signalled. Strangers catch every signal there is and note it from within,
 * while attempts are killed beside them; see also recycled.test.ts.
 */
jest.setTimeout(full ? 900_000 : 240_000);

const KILLS = full ? 1_200 : 150;
const AT_A_TIME = 4;
const why = noCompiler();

/** The folder of a copy of this package, of a version of its own. */
function otherCopy(): string {
  const folder = join(projectRoot(), '.cache', 'zoo', `copy-${process.pid}`);
  if (existsSync(folder)) return folder;
  for (const part of ['src', 'native', 'dev', 'test/zoo', 'test/helpers', 'test/fixtures/processes']) {
    const from = join(projectRoot(), 'dist', part);
    if (existsSync(from)) cpSync(from, join(folder, 'dist', part), { recursive: true });
  }
  const about = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as object;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...about, version: '0.0.9' }));
  return folder;
}
afterAll(() => rmSync(join(projectRoot(), '.cache', 'zoo', `copy-${process.pid}`), { recursive: true, force: true }));

/** The marker of attempt 1 of an activity of this host's. */
function markerOf(host: ZooHost, activity: string): Record<string, string> {
  const key = attemptKey(attemptRef(activity, 1));
  const mark = { key, hostId: host.hostId, workerPid: host.pid, workerStartTicks: startTicks(host.pid) ?? '' };
  return { [markerName(key)]: formatMarker({ ...mark, attempt: 1 }) };
}

/** Variables that are nearly the marker of an activity of this host's, of attempt 1. */
function lookalikes(host: ZooHost, activity: string): Record<string, Record<string, string>> {
  const key = attemptKey(attemptRef(activity, 1));
  const name = markerName(key);
  const mark = { key, hostId: host.hostId, workerPid: host.pid, workerStartTicks: startTicks(host.pid) ?? '' };
  const value = formatMarker({ ...mark, attempt: 1 });
  const other = (change: object): string => formatMarker({ ...mark, attempt: 1, ...change });
  return {
    'attempt 2 of the activity': { [name]: other({ attempt: 2 }) },
    'attempt 10': { [name]: `${value}0` },
    'another host': { [name]: other({ hostId: `${host.hostId}x` }) },
    'another worker': { [name]: other({ workerPid: host.pid + 1 }) },
    'a worker of that number from before': { [name]: other({ workerStartTicks: '1' }) },
    'a longer name': { [`${name}0`]: value },
    'a shorter name': { [name.slice(0, -1)]: value },
    'a name before it': { [`X${name}`]: value },
    'inside of a value': { NOTE: `${name}=${value}` },
    'another activity': { [markerName(attemptKey(attemptRef(`${activity}x`, 1)))]: value },
    'no value': { [name]: '' },
    'half a value': { [name]: value.slice(0, -1) },
  };
}

/** Strangers of every kind. */
async function populate(stage: Stage, host: ZooHost, dir: string): Promise<Stranger[]> {
  const strangers: Stranger[] = [];
  const add = (role: string, ...steps: string[]): Stranger => {
    const stranger = new Stranger(dir, role, steps);
    strangers.push(stranger);
    return stranger;
  };
  add('same command line').spawn(stage.run.env);
  add('same command line, own group').spawn(stage.run.env, true);
  add('daemon of another parent', 'setsid', 'fork2').spawn(stage.run.env);
  for (const [role, env] of Object.entries(lookalikes(host, 'a1'))) {
    add(role).spawn({ ...stage.run.env, ...env });
    add(`${role}, a daemon`, 'setsid', 'fork2').spawn({ ...stage.run.env, ...env });
  }
  // The very markers, forged by another user who knows the activities.
  if (isRoot) {
    for (let at = 1; at <= AT_A_TIME; at++) {
      const forged = markerOf(host, `a${at}`);
      add(`a${at} of another user`).spawnAs(NOBODY, { ...stage.run.env, ...forged });
      add(`a${at} of another user, a daemon`, 'setsid', 'fork2').spawnAs(NOBODY, { ...stage.run.env, ...forged });
    }
  }
  // Another worker of the same host, with the same activities.
  const other = await stage.host(undefined, { hostId: host.hostId });
  for (let at = 1; at <= AT_A_TIME; at++) {
    await other.open(`a${at}`);
    await other.start(`a${at}`, add(`a${at} of another worker`).program);
    await other.start(`a${at}`, add(`a${at} of another worker, a daemon`, 'setsid', 'fork2').program);
  }
  // Other attempts of the same worker, one of them hard at work; and what it was told to leave alone.
  for (const name of ['sibling', 'busy sibling']) await host.open(name);
  await host.start('sibling', add('sibling', 'group:2').program);
  await host.start('sibling', add('sibling daemon', 'setsid', 'fork2').program);
  await host.start('busy sibling', add('busy sibling').program);
  // Of the user's own threads in the worker's process, and of a second worker that runs on one.
  for (const tracked of [false, true]) {
    const whose = tracked ? 'worker on a thread' : 'thread';
    await host.ask('startOnThread', { program: add(`child of a ${whose}`).program, tracked });
    await host.ask('startOnThread', { program: add(`daemon of a ${whose}`, 'setsid', 'fork2').program, tracked });
  }
  // Of another version of this package in the same process.
  await host.ask('startInCopy', { program: add('child of another copy').program });
  await host.ask('startInCopy', { program: add('daemon of another copy', 'setsid', 'fork2').program });
  const untracked = add('untracked').program;
  await host.ask('start', { attempt: 'sibling', program: untracked, untracked: true });
  const left = add('untracked daemon', 'setsid', 'fork2').program;
  await host.ask('start', { attempt: 'sibling', program: left, untracked: true });
  return Promise.all(strangers.map((stranger) => stranger.started()));
}

async function harmed(strangers: Stranger[]): Promise<string[]> {
  const harms = [];
  for (const stranger of strangers) harms.push(await stranger.harm());
  return harms.filter((harm) => harm !== undefined);
}

/** Opens, fills and kills attempts, one after the other; names come back, as activities are retried. */
async function killAgainAndAgain(stage: Stage, host: ZooHost, like: Stranger, name: string, kills: number) {
  for (let round = 0; round < kills; round++) {
    const dir = openDir(stage.run);
    const programs = [
      // Under the very command line of a stranger.
      { ...like.program, env: { ZOO_TRACKED: `${name}-${round}` } },
      { command: compiled('escapee'), args: [dir, 'setsid', 'fork2'] },
      { command: 'sh', args: ['-c', 'sleep 100 | sleep 100'] },
      { command: compiled('escapee'), args: [dir, '!ignore', 'setpgid'] },
    ];
    await host.open(name);
    const kind = round % 10 === 0 ? 3 : round % 3; // those who ignore SIGTERM take their time
    await host.start(name, programs[kind]);
    const file = [
      join(like.dir, `${name}-${round}.pid`),
      join(dir, 'escapee.pid'),
      undefined,
      join(dir, 'escapee.pid'),
    ][kind];
    if (file) await waitUntil(`${file} is there`, () => existsSync(file));
    const { processes } = await host.kill(name);
    expect(processes.length).toBeGreaterThan(0);
    await host.ask('close', { attempt: name, how: 'throws' });
  }
}

describe.each(ownLevels().map((environment) => [titleOf(environment), environment] as const))(
  '%s',
  (_title, environment: Environment) => {
    if (why !== undefined || environment.unavailable !== undefined) {
      test.skip(why === undefined ? 'strangers' : `strangers (skipped: ${why})`, () => undefined);
      return;
    }
    const stage = new Stage();
    afterAll(() => stage.end());

    test(`0 strangers are signalled in ${KILLS} kills`, async () => {
      const escalation = { signal: 'SIGTERM', graceMs: 20, settleMs: 3_000 } as const;
      const host = await stage.host(environment, { escalation, isWrapped: true, copy: otherCopy() });
      const strangers = await populate(stage, host, openDir(stage.run));
      const [like] = strangers;
      const rounds = Math.ceil(KILLS / AT_A_TIME / 10);
      for (let round = 0; round < rounds; round++) {
        const names = Array.from({ length: AT_A_TIME }, (_, at) => `a${at + 1}`);
        await Promise.all([
          ...names.map((name) => killAgainAndAgain(stage, host, like, name, 10)),
          ...Array.from({ length: 20 }, () => host.start('busy sibling', { command: 'true', args: [] })),
        ]);
        expect(await harmed(strangers)).toEqual([]);
      }
      console.log(
        `${titleOf(environment)}: ${rounds * AT_A_TIME * 10} kills, ${strangers.length} strangers, 0 signalled`,
      );
    });

    test('negative control: a stranger notes a signal, also that of a kill of its own attempt', async () => {
      const host = await stage.host(environment, {
        escalation: { signal: 'SIGTERM', graceMs: 60_000, settleMs: 1_000 },
      });
      const [mine, tracked] = ['mine', 'tracked'].map((role) => new Stranger(openDir(stage.run), role));
      mine.spawn(stage.run.env);
      await host.open('own');
      await host.start('own', tracked.program);
      await Promise.all([mine.started(), tracked.started()]);
      killIfThere(mine.number, 'SIGTERM');
      const kill = host.kill('own'); // waits until it is dead: it ignores SIGTERM
      await waitUntil('both have noted it', () => mine.signals !== '' && tracked.signals !== '');
      killIfThere(tracked.number);
      await kill;
      expect(await mine.harm()).toContain(`15 from ${process.pid}`);
      expect(await tracked.harm()).toContain(`15 from ${host.pid}`);
    });
  },
);
