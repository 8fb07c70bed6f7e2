/**
 * Sets up what is missing: dependencies, the Temporal CLI, `dist` with the native part. Safe to run at any time.
 *   node scripts/setup.mjs              everything
 *   node scripts/setup.mjs --print-cli  only finds the CLI and prints its path
 * Notes the CLI in `.cache/setup.json`: { "cli": { path, version, server, source } }.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildNative } from './build-native.mjs';
import { root } from './paths.mjs';
import { findTemporalCli } from './temporal-cli.mjs';

/** Returns the CLI it found. Throws when anything cannot be set up. */
export async function setup() {
  checkNode();
  installDependencies();
  const cli = await setUpCli();
  build();
  return cli;
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 11)) {
    throw new Error(`Node ${process.versions.node} is too old: install Node 20.11 or later.`);
  }
}

function installDependencies() {
  const missing = missingDependency();
  if (!missing) return;
  log(`npm ci (${missing})`);
  run('npm', ['ci', '--no-audit', '--no-fund']);
}

/** The first thing in node_modules that does not match package-lock.json; undefined when everything does. */
function missingDependency() {
  const installedLock = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return 'node_modules is missing';
  const wanted = readJson(join(root, 'package-lock.json')).packages;
  const installed = readJson(installedLock).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const there = installed[path];
    // Builds for other platforms are optional, and not installed here.
    if (!there && entry.optional) continue;
    if (!there || !existsSync(join(root, path))) return `${path} is missing`;
    if (there.version !== entry.version || there.integrity !== entry.integrity) {
      return `${path} is ${there.version}, the lock says ${entry.version}`;
    }
  }
  return undefined;
}

async function setUpCli() {
  const cli = await findTemporalCli(log);
  log(`Temporal CLI ${cli.version} (server ${cli.server}) from ${cli.source}: ${cli.path}`);
  const file = join(root, '.cache', 'setup.json');
  mkdirSync(join(root, '.cache'), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify({ cli }, null, 2)}\n`);
  renameSync(`${file}.${process.pid}`, file);
  return cli;
}

/** Each step does nothing if nothing has changed. */
function build() {
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json']);
  for (const name of ['bundle-workflows', 'bundle-programs'])
    run(process.execPath, [join(root, 'scripts', `${name}.mjs`)]);
  buildNative(log);
}

function run(command, args) {
  const { status, signal, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error) throw new Error(`${command} cannot be run: ${error.message}`);
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed (${signal ?? `exit code ${status}`}), see above.`);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Logs to standard error: standard output belongs to `--print-cli`. */
function log(line) {
  console.error(`setup: ${line}`);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    if (process.argv.includes('--print-cli')) console.log((await setUpCli()).path);
    else await setup();
  } catch (error) {
    log(error.message);
    process.exitCode = 1;
  }
}
