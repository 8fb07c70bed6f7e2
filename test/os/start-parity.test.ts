import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../dev/dev-server';
import { CASES } from '../fixtures/parity/cases';
import { TestRun } from '../fixtures/processes/test-run';
import { noCompiler } from '../zoo/compile';
import { cgroupObstacle } from './cgroup-here';

/* A program is started as plain Node starts it, whatever the level: but for the marker, the session, the cgroup and the tag. */

const PROGRAM = resolve(projectRoot(), 'dist/test/fixtures/parity/program.js');

interface Lane {
  name: string;
  level: 'scan' | 'subreaper' | 'cgroup';
  under?: 'without clone3';
  skipped?: string;
}

const NATIVE = join(projectRoot(), 'dist', 'native', `${process.platform}-${process.arch}.node`);
const notBuilt = existsSync(NATIVE) ? undefined : 'the native part is not built';
const why = { subreaper: notBuilt, cgroup: notBuilt ?? cgroupObstacle };
const LANES: Lane[] = [
  { name: 'scan', level: 'scan' },
  { name: 'subreaper', level: 'subreaper', skipped: why.subreaper },
  { name: 'cgroup', level: 'cgroup', skipped: why.cgroup },
  {
    name: 'cgroup, where clone3 is refused',
    level: 'cgroup',
    under: 'without clone3',
    skipped: why.cgroup ?? noCompiler(),
  },
];

let run: TestRun;
beforeAll(() => (run = new TestRun()));
afterAll(() => run?.end());

function commandUnder(under: Lane['under'], level: string, folder: string): string[] {
  const command = ['sh', '-c', 'ulimit -c 0; ulimit -n 300; exec "$@"', 'sh', process.execPath, PROGRAM, level, folder];
  if (under === undefined) return command;
  const filter = join(run.dir, 'without-clone3');
  execFileSync('cc', ['-o', filter, resolve(projectRoot(), 'test/fixtures/native/without-clone3.c')]);
  return [filter, ...command];
}

type Outcome = { level: string; result: Record<string, unknown> };
const outcomes = new Map<string, Promise<Outcome>>();

function outcomeOf(level: string, under: Lane['under']): Promise<Outcome> {
  const key = `${level} ${under}`;
  const start = async (): Promise<Outcome> => {
    const folder = join(run.dir, `parity-${outcomes.size}`.padEnd(12, '-'));
    mkdirSync(folder);
    const [file, ...args] = commandUnder(under, level, folder);
    const env = { ...run.env, NODE_OPTIONS: '' };
    const { stdout } = await promisify(execFile)(file, args, { env, maxBuffer: 2 ** 26, timeout: 100_000 });
    return JSON.parse(stdout.replaceAll(folder, '<folder>')) as Outcome;
  };
  const known = outcomes.get(key) ?? start();
  outcomes.set(key, known);
  return known;
}

for (const { name, level, under, skipped } of LANES) {
  const title = `at ${name}${skipped === undefined ? '' : ` (skipped: ${skipped})`}`;
  (skipped === undefined ? describe : describe.skip)(title, () => {
    test('the level is there', async () => {
      expect((await outcomeOf(level, under)).level).toBe(level);
    }, 120_000);

    test.each(Object.keys(CASES))(
      '%s: as without us',
      async (name) => {
        const [plain, ours] = [await outcomeOf('plain', under), await outcomeOf(level, under)];
        expect(ours.result[name]).toEqual(plain.result[name]);
      },
      120_000,
    );
  });
}

test('negative control: another argument or variable would be seen', async () => {
  const { result } = await outcomeOf('plain', undefined);
  const text = JSON.stringify(result['a script']);
  expect(text).toContain('two words');
  expect(text).toContain('variable: REAPER_TEST_RUN=');
  expect(text).toContain('Max open files');
  expect(result['a missing program']).toMatchObject({
    spawn: { error: { code: 'ENOENT' } },
    spawnSync: { error: { code: 'ENOENT' } },
  });
  expect(result['a program that is being written']).toMatchObject({ spawn: { code: 'ETXTBSY' } });
}, 120_000);
