import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../dev/dev-server';
import { TestRun } from '../fixtures/processes/test-run';
import { environments } from './environments';

/* What our hooks do to `child_process`, and what they leave as it was; with every Node of the zoo. */

const ENTRY = join(projectRoot(), 'dist', 'test', 'zoo', 'host', 'hook-trial.js');
const CHILD = `
if (process.argv[2] === 'stubborn') {
  process.on('SIGTERM', () => undefined);
  setInterval(() => undefined, 1000);
  console.log('ready');
} else if (process.argv[2] === 'echo' || require('node:cluster').isWorker) {
  process.send('hello');
  process.on('message', (message) => process.send(message + ' back'));
}
`;

interface Said {
  tracked: Record<string, number>;
  wrappers: { outer: number; inner: number; started: number };
  [name: string]: unknown;
}

const run = new TestRun();
afterAll(() => run.end());

const nodes = environments().filter(({ level, user, unavailable }) => {
  return level === 'basic' && user !== 'nobody' && unavailable === undefined;
});

describe.each(nodes.map(({ nodeMajor, node }) => [nodeMajor, node] as const))('Node %s', (_major, node) => {
  let said: Said;
  beforeAll(async () => {
    const dir = run.newDir();
    writeFileSync(join(dir, 'early.mjs'), `export { spawnSync, exec } from 'node:child_process';\n`);
    writeFileSync(join(dir, 'child.js'), CHILD);
    const { stdout } = await promisify(execFile)(node, [ENTRY, dir], { env: { ...run.env, NODE_OPTIONS: '' } });
    said = JSON.parse(stdout) as Said;
  });

  test('every asynchronous route is tracked once, also where its name was taken before the hook was there', () => {
    const routes = ['spawn', 'exec', 'execFile', 'fork'].flatMap((name) => [`early ${name}`, `late ${name}`]);
    const others = ['ES module exec, imported early', 'promisified early', 'promisified late', 'cluster.fork', 'execa'];
    for (const name of [...routes, ...others, 'new ChildProcess().spawn()']) {
      expect([name, said.tracked[name]]).toEqual([name, 1]);
    }
  });

  test('every synchronous route is tracked once, also where an ES module has imported its name before', () => {
    for (const name of [
      'late spawnSync',
      'late execSync',
      'late execFileSync',
      'ES module spawnSync, imported early',
    ]) {
      expect([name, said.tracked[name]]).toEqual([name, 1]);
    }
  });

  test('no other export is changed, and a second install changes nothing', () => {
    expect(said.changed).toEqual(['execFileSync', 'execSync', 'spawnSync'].sort());
    expect(said.idempotent).toBe(true);
  });

  test('a wrapper of somebody else, inside or outside of ours, is called as before', () => {
    const { outer, inner, started } = said.wrappers;
    expect(outer).toBeGreaterThanOrEqual(started);
    expect(inner).toBeGreaterThanOrEqual(outer); // the inner one sees what a level tries out, too
  });

  test('promisify keeps its child, its code and its output; options reach the child; sync results are whole', () => {
    expect(said.promiseHasChild).toBe(true);
    expect(said.promiseRejects).toEqual([3, 'out\n']);
    expect(said.spawnGetsOptions).toBe('/\nx\n');
    expect(said.spawnSyncGives).toMatchObject({ status: 4, stdout: 'out\n', signal: null });
  });

  test('fork and cluster.fork talk', () => {
    expect(said.forkSays).toBe('ping back');
    expect(said.clusterSays).toBe('hello');
  });

  test("execa's cancelSignal, forceKillAfterDelay and errors are as without the hook", () => {
    expect(said.execaCancelled).toBe(true);
    expect(said.execaForced).toEqual([true, 'SIGKILL']);
    expect(said.execaFails).toEqual([5, 'err']);
  });
});
