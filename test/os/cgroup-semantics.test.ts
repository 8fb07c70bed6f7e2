import childProcess from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TestRun } from '../fixtures/processes/test-run';
import { describeCgroup } from './cgroup-here';
import { cgroupOf } from './cgroup-kernel';
import { CgroupLab, type LabAttempt } from './cgroup-lab';

let run: TestRun;
let lab: CgroupLab;
let attempt: LabAttempt;
let dir: string;

/** What a program shows of how it was started. */
const SHOW = `
const { readFileSync } = require('node:fs');
const list = (file) => readFileSync('/proc/self/' + file, 'utf8').split('\\0');
console.log(JSON.stringify({
  argv: list('cmdline'), env: list('environ').filter((entry) => !/^(TEMPORAL_REAPER_.*)?$/.test(entry)).sort(), cwd: process.cwd(), ppid: process.ppid,
  status: readFileSync('/proc/self/status', 'utf8').match(/^(Uid|Gid|SigIgn|SigBlk|SigCgt|Umask|Groups):.*$/gm),
  cgroup: readFileSync('/proc/self/cgroup', 'utf8').match(/^0::(.*)$/m)[1],
}));`;

beforeAll(async () => {
  run = new TestRun();
  lab = await CgroupLab.open();
  attempt = lab.attempt();
  dir = run.newDir();
  const file = (name: string, text: string, mode: number): void => {
    writeFileSync(join(dir, name), text);
    chmodSync(join(dir, name), mode);
  };
  file('show.js', SHOW, 0o644);
  file('ipc.js', 'process.on("message", (m) => { process.send({ got: m }); process.disconnect(); })', 0o644);
  file('plain-text', 'echo plain', 0o644);
  file('no-shebang', 'echo "no shebang: $0 $1"', 0o755);
  file('script', '#!/bin/sh\necho "script: $0 $1"', 0o755);
  file('bad-interpreter', '#!/nonexistent/interpreter\n', 0o755);
  file('-dash', '#!/bin/sh\necho "dash: $0"', 0o755);
  mkdirSync(join(dir, 'folder'));
  mkdirSync(join(dir, 'bin'));
  mkdirSync(join(dir, 'bad-bin'));
  file('bin/tool', '#!/bin/sh\necho "tool: $0 $*"', 0o755);
  file('bad-bin/tool', '#!/nonexistent\n', 0o755);
  symlinkSync(process.execPath, join(dir, 'bin', 'linked'));
});
afterAll(async () => {
  try {
    await attempt?.kill();
    await lab?.close();
  } finally {
    await run?.end();
  }
});

/** The same whether tracked or not: without what a tracked process has on purpose. */
function normal(text: string): string {
  const quote = String.raw`\\*"`;
  return text
    .replace(new RegExp(`${quote}cgroup${quote}:${quote}[^"\\\\]*${quote}`, 'g'), '')
    .replace(/"pid":\d+/g, '"pid":0');
}

type Seen = Record<string, unknown>;

function errorOf(error: unknown): Seen | undefined {
  if (!(error instanceof Error)) return undefined;
  const stack = (error.stack ?? '').split('\n    at ')[0];
  return { ...(error as unknown as Seen), message: error.message, name: error.name, stack };
}

/** An asynchronous spawn, from its object to its end. */
async function watch(spawn: () => childProcess.ChildProcess): Promise<Seen> {
  let child: childProcess.ChildProcess;
  try {
    child = spawn();
  } catch (error) {
    return { thrown: errorOf(error) };
  }
  const { spawnfile, spawnargs } = child;
  const texts: Seen = { stdout: '', stderr: '' };
  child.stdout?.on('data', (data: Buffer) => (texts.stdout = `${String(texts.stdout)}${data.toString()}`));
  child.stderr?.on('data', (data: Buffer) => (texts.stderr = `${String(texts.stderr)}${data.toString()}`));
  const hasPid = child.pid !== undefined;
  const ending = await new Promise<Seen>((resolve) => {
    child.once('error', (error) => resolve({ error: errorOf(error) }));
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return { spawnfile, spawnargs, hasPid, ...texts, ...ending };
}

/** A synchronous call. */
function call(work: () => unknown): Promise<Seen> {
  try {
    const result = work();
    if (Buffer.isBuffer(result) || typeof result === 'string') return Promise.resolve({ stdout: result.toString() });
    const { error, ...rest } = result as Seen;
    return Promise.resolve({ ...rest, error: errorOf(error) });
  } catch (error) {
    return Promise.resolve({ thrown: errorOf(error) });
  }
}

const loadExeca = () => import('execa'); // a module of the newer kind

/** What execa, and cross-spawn below it, tells of a process; times differ. */
async function withExeca(start: (execa: Awaited<ReturnType<typeof loadExeca>>) => unknown): Promise<Seen> {
  const tell = ({ durationMs: _, ...told }: Seen): Seen => told;
  try {
    return tell({ ...((await start(await loadExeca())) as Seen) });
  } catch (error) {
    return { rejected: tell(errorOf(error) ?? {}) };
  }
}

// Always by the module: the hooks replace some of its functions.
const exec = (command: string): childProcess.ChildProcess => childProcess.exec(command, () => undefined);
const execFile = (...given: [string, string[]]): childProcess.ChildProcess =>
  childProcess.execFile(...given, () => undefined);
const show = (): string => join(dir, 'show.js');
const node = process.execPath;
const PATH = process.env.PATH;
const quiet = { stdio: ['ignore', 'pipe', 'pipe'] as childProcess.StdioOptions };

type Case = [name: string, work: () => Promise<Seen>, isEnclosed: boolean | 'never started'];

const cases: Case[] = [
  ['spawn', () => watch(() => childProcess.spawn(node, [show(), 'a b', '', '"\'$x`', 'line\nline', '*', '\\'])), true],
  ['spawn by name', () => watch(() => childProcess.spawn('node', [show()])), true],
  ['spawn without arguments', () => watch(() => childProcess.spawn('true')), true],
  ['exit code', () => watch(() => childProcess.spawn('sh', ['-c', 'exit 127'])), true],
  ['death by signal', () => watch(() => childProcess.spawn('sh', ['-c', 'kill -KILL $$'])), true],
  ['ENOENT by name', () => watch(() => childProcess.spawn('reaper-no-such-program', ['a'])), 'never started'],
  ['ENOENT by path', () => watch(() => childProcess.spawn('/nonexistent/program', ['a'])), 'never started'],
  [
    'ENOENT for an empty name in a folder',
    () => watch(() => childProcess.spawn(join(dir, 'nothing'), ['a'])),
    'never started',
  ],
  ['EACCES', () => watch(() => childProcess.spawn(join(dir, 'plain-text'), ['a'])), 'never started'],
  ['EACCES for a folder', () => watch(() => childProcess.spawn(join(dir, 'folder'), [])), 'never started'],
  ['ENOTDIR', () => watch(() => childProcess.spawn(join(dir, 'plain-text', 'x'), [])), 'never started'],
  [
    'a directory that is none',
    () => watch(() => childProcess.spawn('true', [], { cwd: '/nonexistent' })),
    'never started',
  ],
  ['a directory that is a file', () => watch(() => childProcess.spawn('true', [], { cwd: show() })), 'never started'],
  [
    'an interpreter that is none',
    () => watch(() => childProcess.spawn(join(dir, 'bad-interpreter'), [])),
    'never started',
  ],
  ['a script without a first line', () => watch(() => childProcess.spawn(join(dir, 'no-shebang'), ['a'])), true],
  ['a script', () => watch(() => childProcess.spawn(join(dir, 'script'), ['a'])), true],
  ['a script in its directory', () => watch(() => childProcess.spawn('./script', ['a'], { cwd: dir })), true],
  [
    'PATH of the child',
    () => watch(() => childProcess.spawn('tool', ['x'], { env: { PATH: `${dir}/bin:${PATH}` } })),
    true,
  ],
  [
    'PATH with what does not start first',
    () => watch(() => childProcess.spawn('tool', ['x'], { env: { PATH: `${dir}/bad-bin:${dir}/bin` } })),
    true,
  ],
  [
    'PATH with the directory itself',
    () => watch(() => childProcess.spawn('tool', ['x'], { env: { PATH: `:/bin` }, cwd: `${dir}/bin` })),
    true,
  ],
  ['no PATH', () => watch(() => childProcess.spawn('true', [], { env: { A: '1' } })), true],
  ['a name with a dash', () => watch(() => childProcess.spawn('-dash', [], { env: { PATH: dir } })), true],
  ['no environment but a PATH', () => watch(() => childProcess.spawn(node, [show()], { env: { PATH } })), true],
  [
    'a stale PWD and the like',
    () =>
      watch(() => childProcess.spawn(node, [show()], { env: { PATH, PWD: '/x', OLDPWD: '/y', SHLVL: '9', _: 'z' } })),
    true,
  ],
  ['a directory', () => watch(() => childProcess.spawn(node, [show()], { cwd: '/' })), true],
  [
    'odd names in the environment',
    () =>
      watch(() =>
        childProcess.spawn(node, [show()], {
          env: { ...process.env, 'a.b': '1', '-': '2', 'BASH_FUNC_f%%': '() { :; }' },
        }),
      ),
    true,
  ],
  [
    'a value with everything',
    () => watch(() => childProcess.spawn(node, [show()], { env: { PATH, V: ' a=b\n"\'$(x)`y`\\ é ' } })),
    true,
  ],
  ['argv0', () => watch(() => childProcess.spawn(node, [show()], { argv0: 'another name' })), true],
  ['a shell', () => watch(() => childProcess.spawn('echo "$0" a; exit 3', { shell: true })), true],
  ['bash', () => watch(() => childProcess.spawn('echo "$0" a; exit 3', { shell: '/bin/bash' })), true],
  ['exec', () => watch(() => exec('echo a; echo b >&2; exit 3')), true],
  ['execFile', () => watch(() => execFile(node, [show()])), true],
  [
    'execFile, promised',
    async () => {
      try {
        return { ...(await promisify(childProcess.execFile)('sh', ['-c', 'echo out; echo err >&2; exit 4'])) };
      } catch (error) {
        return { rejected: errorOf(error) };
      }
    },
    true,
  ],
  ['execa', () => withExeca(({ execa }) => execa('node', [show(), 'a b'])), true],
  ['execa: failure', () => withExeca(({ execa }) => execa('sh', ['-c', 'echo e >&2; exit 9'])), true],
  ['execa: ENOENT', () => withExeca(({ execa }) => execa('reaper-no-such-program', ['a'])), 'never started'],
  ['execa: EACCES', () => withExeca(({ execa }) => execa(join(dir, 'plain-text'), ['a'])), 'never started'],
  ['execa: a script', () => withExeca(({ execa }) => execa(join(dir, 'script'), ['a'])), true],
  ['execa: timeout', () => withExeca(({ execa }) => execa('sleep', ['60'], { timeout: 300 })), true],
  ['execaSync', () => withExeca(({ execaSync }) => execaSync('sh', ['-c', 'echo e >&2; exit 9'])), true],
  [
    'its own session',
    () =>
      watch(() =>
        childProcess.spawn('sh', ['-c', 'test "$(cut -d" " -f5 /proc/$$/stat)" = $$ && echo leads'], {
          detached: true,
        }),
      ),
    true,
  ],
  [
    'a fourth stream',
    async () => {
      const child = childProcess.spawn('sh', ['-c', 'echo three >&3'], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
      const text = new Promise((resolve) => child.stdio[3]?.once('data', (data: Buffer) => resolve(data.toString())));
      return { text: await text };
    },
    true,
  ],
  [
    'standard input',
    () =>
      watch(() => {
        const child = childProcess.spawn('cat', []);
        child.stdin?.end('given');
        return child;
      }),
    true,
  ],
  ['a timeout', () => watch(() => childProcess.spawn('sleep', ['60'], { timeout: 300, killSignal: 'SIGINT' })), true],
  [
    'an aborted signal',
    () => watch(() => childProcess.spawn('sleep', ['60'], { signal: AbortSignal.timeout(200) })),
    true,
  ],
  [
    'another user',
    () => watch(() => childProcess.spawn('id', ['-u'], { uid: 65534, gid: 65534 })),
    process.geteuid?.() === 0 ? true : 'never started',
  ],
  ['the same user', () => watch(() => childProcess.spawn('id', ['-u'], { uid: process.geteuid?.() })), true],
  [
    'fork',
    async () => {
      const child = childProcess.fork(join(dir, 'ipc.js'), [], { silent: true });
      const answer = new Promise((resolve) => child.once('message', resolve));
      const ending = watch(() => child);
      child.send({ n: 1 });
      return { answer: await answer, ...(await ending) };
    },
    true,
  ],

  [
    'spawnSync',
    () => call(() => childProcess.spawnSync(node, [show(), 'a b', '', '"\'$x`'], { encoding: 'utf8' })),
    true,
  ],
  [
    'spawnSync: failure',
    () => call(() => childProcess.spawnSync('sh', ['-c', 'echo e >&2; exit 5'], { encoding: 'utf8' })),
    true,
  ],
  ['spawnSync: ENOENT', () => call(() => childProcess.spawnSync('reaper-no-such-program', ['a'])), true],
  ['spawnSync: timeout', () => call(() => childProcess.spawnSync('sleep', ['60'], { timeout: 200 })), true],
  [
    'spawnSync: too much output',
    () =>
      call(() => {
        const { error, status, signal } = childProcess.spawnSync('yes', { maxBuffer: 100 });
        return { error, status, signal };
      }),
    true,
  ],
  [
    'spawnSync: shell',
    () => call(() => childProcess.spawnSync('echo "$0" "$@"', ['a', 'b c'], { shell: true, encoding: 'utf8' })),
    true,
  ],
  [
    'spawnSync: argv0',
    () => call(() => childProcess.spawnSync(node, [show()], { argv0: 'other', encoding: 'utf8' })),
    true,
  ],
  ['spawnSync: input', () => call(() => childProcess.spawnSync('cat', { input: 'given', encoding: 'utf8' })), true],
  [
    'spawnSync: a directory that is none',
    () => call(() => childProcess.spawnSync('true', [], { cwd: '/nonexistent' })),
    true,
  ],
  ['execSync', () => call(() => childProcess.execSync('echo "$0"; echo a', { encoding: 'utf8' })), true],
  ['execSync: failure', () => call(() => childProcess.execSync('echo "it\'s"; echo e >&2; exit 6', quiet)), true],
  ['execSync: timeout', () => call(() => childProcess.execSync('sleep 60', { timeout: 200 })), true],
  [
    'execSync: another shell',
    () => call(() => childProcess.execSync('echo "$0" $BASH', { shell: '/bin/bash', encoding: 'utf8' })),
    true,
  ],
  ['execFileSync', () => call(() => childProcess.execFileSync(node, [show(), 'x'], { encoding: 'utf8' })), true],
  [
    'execFileSync: failure',
    () => call(() => childProcess.execFileSync('sh', ['-c', 'echo e >&2; exit 7'], quiet)),
    true,
  ],
  ['execFileSync: ENOENT', () => call(() => childProcess.execFileSync('reaper-no-such-program', ['a'])), true],
  ['execFileSync: EACCES', () => call(() => childProcess.execFileSync(join(dir, 'plain-text'), ['a'])), true],
  [
    'execFileSync: shell',
    () => call(() => childProcess.execFileSync('echo', ['a', '&& exit 8'], { shell: true, ...quiet })),
    true,
  ],
  [
    'execFileSync: death by signal',
    () => call(() => childProcess.execFileSync('sh', ['-c', 'kill -KILL $$'], quiet)),
    true,
  ],
  [
    'wrong arguments',
    () => call(() => childProcess.spawnSync('true', 'no list' as unknown as string[])),
    'never started',
  ],
  ['no command', () => call(() => childProcess.execSync(1 as unknown as string)), 'never started'],
  ['a zero byte', () => call(() => childProcess.spawnSync('true', ['a\0b'])), true],
];

describeCgroup('a process in a cgroup is, to itself and to whoever started it, what it would be without', () => {
  test.each(cases)('%s', async (_name, work, isEnclosed) => {
    const outside = await work();
    const before = attempt.enclosed.length;
    const inside = await attempt.run(work);
    expect(normal(JSON.stringify(inside))).toEqual(normal(JSON.stringify(outside)));
    expect(attempt.enclosed.slice(before)).toEqual(isEnclosed === 'never started' ? [] : [isEnclosed]);
  });

  test('what the cases show does tell the two apart', async () => {
    const own = cgroupOf('self');
    const [outside, inside] = [
      await watch(() => childProcess.spawn(node, [show()])),
      await attempt.run(() => watch(() => childProcess.spawn(node, [show()]))),
    ];
    expect((JSON.parse(String(outside.stdout)) as Seen).cgroup).toBe(own);
    expect((JSON.parse(String(inside.stdout)) as Seen).cgroup).toContain(`temporal-reaper:${lab.mark.hostId}`);
    expect(String(outside.stdout)).not.toBe(String(inside.stdout));
  });
});
