import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../dev/dev-server';
import { TestRun } from '../fixtures/processes/test-run';
import { describeCgroup } from './cgroup-here';
import { ownDirectory } from './cgroup-kernel';

const root = projectRoot();
const FILE = join(root, 'dist', 'native', `${process.platform}-${process.arch}.node`);
const EXERCISE = resolve(root, 'dist/test/fixtures/native/exercise.js');

const compiler = process.env.CC ?? 'cc';
const hasCompiler = spawnSync(compiler, ['--version']).status === 0;
const compiled = hasCompiler ? test : test.skip;
const skipped = hasCompiler ? '' : ' (skipped: no C compiler)';
const describeNative = existsSync(FILE)
  ? describe
  : (name: string, body: () => void) => describe.skip(`${name} (skipped: the native part is not built)`, body);

let run: TestRun;
beforeAll(() => (run = new TestRun()));
afterAll(() => run?.end());

/** What a use of it has come to; `before` is put before the command. */
async function exercise(files: string[], env: NodeJS.ProcessEnv = {}, before: string[] = []): Promise<unknown> {
  const [command, ...args] = [...before, process.execPath, EXERCISE, ...files];
  const { stdout } = await promisify(execFile)(command, args, { env: { ...process.env, NODE_OPTIONS: '', ...env } });
  return JSON.parse(stdout);
}

const good = { wrong: 0, notOwn: 0, lost: 0, unmeasured: 0 };
const whole = {
  hook: ['', ''],
  own: good,
  threads: [good, good, good],
  afterwards: good,
  subreaper: [false, true, false, true, false],
};
const other = { hook: '', first: good, second: good };

function copyOf(file: string): string {
  const copy = join(run.newDir(), 'copy.node');
  copyFileSync(file, copy);
  return copy;
}

/** The native part as a test wants it. */
async function build(...extra: string[]): Promise<string> {
  const output = join(run.newDir(), 'built.node');
  const recipe = `import(${JSON.stringify(join(root, 'scripts', 'native.mjs'))}).then(({ compile }) =>
    console.log(JSON.stringify(compile(${JSON.stringify(output)}, ${JSON.stringify(extra)}))))`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', recipe], { env: { PATH: process.env.PATH } });
  execFileSync(compiler, JSON.parse(stdout) as string[]);
  return output;
}

describeNative('the native part', () => {
  test("four threads that start processes at the same time, and end: each child has its own thread's tag or none, no exit code is lost, and the process stays a subreaper no longer than its thread", async () => {
    expect(await exercise([FILE])).toEqual(whole);
  });

  test('a second copy of it in the process: the same for both', async () => {
    expect(await exercise([FILE, copyOf(FILE)])).toEqual({ ...whole, other });
  });

  compiled(
    `with sanitizers of memory and of undefined behaviour: they have nothing to say${skipped}`,
    async () => {
      const file = await build('-O1', '-g', '-fsanitize=address,undefined', '-fno-sanitize-recover=all');
      const library = execFileSync(compiler, ['-print-file-name=libasan.so'], { encoding: 'utf8' }).trim();
      // It is really watched: on its own it does not even load.
      await expect(exercise([file])).rejects.toThrow(/ASan runtime/);
      // Node itself keeps what it has to the end.
      const env = { LD_PRELOAD: library, ASAN_OPTIONS: 'detect_leaks=0' };
      expect(await exercise([file, copyOf(file)], env)).toEqual({ ...whole, other });
    },
    60_000,
  );
});

describeCgroup('a cgroup', () => {
  const directory = (): string => join(ownDirectory, `temporal-reaper-test-${randomUUID()}`);

  test('is where a child is born; one that changes its user moves there itself', async () => {
    const seen = await exercise([FILE, copyOf(FILE), directory()]);
    expect(seen).toMatchObject({
      cgroup: [
        { entered: 0, isInside: true, isTagged: true },
        { entered: 1, isInside: true, isTagged: true },
      ],
    });
  });

  compiled(
    `where clone3 is refused, as by default in containers, each child moves there itself${skipped}`,
    async () => {
      const program = join(run.newDir(), 'without-clone3');
      execFileSync(compiler, ['-o', program, resolve(root, 'test/fixtures/native/without-clone3.c')]);
      const seen = await exercise([FILE, copyOf(FILE), directory()], {}, [program]);
      expect(seen).toMatchObject({
        cgroup: [
          { entered: 1, isInside: true, isTagged: true },
          { entered: 1, isInside: true, isTagged: true },
        ],
      });
    },
  );
});
