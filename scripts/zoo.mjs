/**
 * `npm run test:zoo`: tries every behaviour, and real software, at every containment level with Node 20, 22 and 24, as root
 * and as nobody; 10,000 random steps and 1,000 kills beside strangers at each level. Writes docs/escapes.md.
 *   node scripts/zoo.mjs [jest arguments]   if they include a path, runs that instead of everything
 *   node scripts/zoo.mjs --install          first installs missing Debian packages (apt-get, as root)
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';

const NODES = ['20', '22', '24'];
/** Tells the packages' installation scripts to start no services. */
const POLICY = '/usr/sbin/policy-rc.d';

function run(command, args, options = {}) {
  console.log([command, ...args].join(' '));
  const { status, error } = spawnSync(command, args, { stdio: 'inherit', cwd: root, ...options });
  if (error) throw error;
  return status === 0;
}

function isInstalled(command) {
  return spawnSync('sh', ['-c', `PATH="$PATH:/usr/sbin"; command -v ${command}`]).status === 0;
}

/** Installs one package at a time: if a mirror lacks one, the others are still installed. */
function installPackages() {
  const software = JSON.parse(readFileSync(join(root, 'test', 'zoo', 'software.json'), 'utf8'));
  const missing = [...new Set(software.filter((it) => !isInstalled(it.command)).map((it) => it.package))];
  if (missing.length === 0) return console.log('All real software of the zoo is installed');
  if (process.getuid?.() !== 0 || !isInstalled('apt-get')) {
    throw new Error(`--install needs root and apt-get; missing: ${missing.join(', ')}`);
  }
  console.log(`Installing ${missing.join(', ')}; their services are not started`);
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n');
    chmodSync(POLICY, 0o755);
  }
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-qq'], { env });
    for (const name of missing) {
      const done = run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { env });
      if (!done) console.error(`${name} cannot be installed: its rows are skipped`);
    }
  } finally {
    if (ownPolicy) rmSync(POLICY);
  }
}

/** Installs other Node binaries from the npm package `node`; kept in .cache. */
function installNodes() {
  for (const version of NODES) {
    if (process.version.startsWith(`v${version}.`)) continue;
    const prefix = join(root, '.cache', `node-${version}`);
    if (existsSync(join(prefix, 'node_modules', 'node', 'bin', 'node'))) continue;
    mkdirSync(prefix, { recursive: true });
    const args = ['install', '--no-audit', '--no-fund', '--silent', '--prefix', prefix, `node@${version}`];
    if (!run('npm', args)) console.error(`Node ${version} cannot be installed: its environments are skipped`);
  }
}

const args = process.argv.slice(2);
const jestArgs = args.filter((arg) => arg !== '--install');
if (args.includes('--install')) installPackages();
installNodes();
process.env.ZOO = 'full';
process.argv = [
  process.argv[0],
  join(root, 'scripts', 'test.mjs'),
  '--no-lint',
  ...(jestArgs.some((arg) => !arg.startsWith('-')) ? [] : ['test/zoo', 'test/differential']),
  ...jestArgs,
];
await import('./test.mjs');
