/** Activities as found in practice: nobody heartbeats, nobody listens for a cancel, nobody kills. */
import { execSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Runs a program to its end. Uses `nice`, because batch work should give way to interactive work. */
async function run(job: string, command: string, args: string[], cwd?: string): Promise<void> {
  const child = spawn('nice', [command, ...args], {
    cwd,
    stdio: 'ignore',
    env: { ...process.env, DEMO_JOB: job },
  });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== 0) throw new Error(`${command} ended with ${code ?? signal}`);
}

/** A build that runs again and again through a shell pipeline. */
export async function compile(): Promise<void> {
  const folder = await mkdtemp(join(process.env.DEMO_DIR ?? tmpdir(), 'demo-build-'));
  try {
    const build = (await writeCProject(folder)) ?? (await writeTypeScriptProject(folder));
    const loop = `while :; do ${build}; done 2>&1 | tee build.log | grep -c error`;
    await run('compile', 'sh', ['-c', loop], folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function writeCProject(folder: string): Promise<string | undefined> {
  if (['gcc', 'make'].some((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).status !== 0))
    return undefined;
  const modules = ['lexer', 'parser', 'emitter'];
  for (const name of modules) {
    const body = Array.from({ length: 600 }, (_, n) => `int ${name}_${n}(int x) { return x * ${n} + ${name}(x / 3); }`);
    await writeFile(join(folder, `${name}.c`), `int ${name}(int x) { return x + 1; }\n${body.join('\n')}\n`);
  }
  const calls = modules.map((name) => `${name}(1)`).join(' + ');
  const declarations = modules.map((name) => `int ${name}(int);`).join(' ');
  await writeFile(join(folder, 'main.c'), `${declarations}\nint main(void) { return ${calls}; }\n`);
  const objects = [...modules, 'main'].map((name) => `${name}.o`).join(' ');
  const makefile = `CFLAGS = -O2\nprogram: ${objects}\n\t$(CC) -o $@ ${objects}\nclean:\n\trm -f program ${objects}\n`;
  await writeFile(join(folder, 'Makefile'), makefile);
  return 'make clean && make CC=gcc';
}

async function writeTypeScriptProject(folder: string): Promise<string> {
  const lines = Array.from({ length: 500 }, (_, n) => `export const value${n} = (x: number): number => x * ${n};`);
  await writeFile(join(folder, 'index.ts'), `${lines.join('\n')}\n`);
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  return `'${process.execPath}' '${tsc}' --outDir out index.ts`;
}

/** Compresses an endless stream. */
export async function compress(): Promise<void> {
  await run('compress', 'sh', ['-c', 'exec gzip -9 < /dev/urandom > /dev/null']);
}

/** A program that ignores SIGTERM. */
export async function ignoreSigterm(): Promise<void> {
  await run('ignoreSigterm', 'sh', ['-c', "trap '' TERM; while :; do sleep 1; done"]);
}

/** A tool that leaves a daemon behind, with its own session and reparented to init. */
export async function daemonise(): Promise<void> {
  const daemon = 'while :; do sleep 1; done';
  const launcher = `
    const { spawn } = require('node:child_process');
    spawn('sh', ['-c', '(${daemon}) & exit'], { detached: true, stdio: 'ignore' });
    setInterval(() => undefined, 1000);`;
  await run('daemonise', process.execPath, ['-e', launcher]);
}

/** Blocks the worker's main loop: no heartbeat, timer or message is handled meanwhile. */
export async function execSynchronously(): Promise<void> {
  execSync('tail -f /dev/null | cat', { env: { ...process.env, DEMO_JOB: 'execSync' } });
}
