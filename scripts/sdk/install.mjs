/**
 * Makes a user's project that has one version of the SDK and this build installed:
 *   node scripts/sdk/install.mjs [VERSION [PACKAGE...]]    prints its folder; exit code 69: the registry cannot be reached
 * The packages are more of the SDK's own, of the same version.
 * npm installs everything in it, from the packed package on, so it shows which copies of the SDK a user gets. What it lacks
 * (node-pty, the optional envconfig) is found in this project's node_modules, which lie above it.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../paths.mjs';

const cache = join(root, '.cache', 'sdk');
/** Exit code from sysexits.h: the registry cannot be reached. */
const EX_UNAVAILABLE = 69;
const clean = { ...process.env, NODE_OPTIONS: '' };

/** The lowest version that the peer range of this package allows. */
export function lowestVersion() {
  const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return peerDependencies['@temporalio/worker'].replace(/^[^\d]*/, '');
}

/** Installs what is missing, and updates this build in it. */
export function installSdk(version, packages = []) {
  const folder = join(cache, [version, ...packages.map((name) => basename(name))].join('+'));
  mkdirSync(folder, { recursive: true });
  const tarball = pack();
  try {
    const digest = createHash('sha256').update(readFileSync(tarball)).digest('hex').slice(0, 12);
    const name = `temporal-reaper-${digest}.tgz`;
    const marker = join(folder, '.installed');
    if (!existsSync(marker) || readFileSync(marker, 'utf8') !== name) {
      rmSync(marker, { force: true });
      for (const old of readdirSync(folder).filter((file) => file.endsWith('.tgz'))) rmSync(join(folder, old));
      renameSync(tarball, join(folder, name));
      writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest(version, packages, name), null, 2));
      npm(folder, 'install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts');
      writeFileSync(marker, name);
    }
  } finally {
    rmSync(join(tarball, '..'), { recursive: true, force: true });
  }
  copyFixtures(folder);
  return folder;
}

/** Names only the SDK packages that a user would name: they bring the rest, or do not. */
function manifest(version, packages, tarball) {
  const { peerDependencies, peerDependenciesMeta = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const named = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
  return {
    name: 'sdk-user',
    private: true,
    dependencies: {
      ...Object.fromEntries([...named, ...packages].map((name) => [name, version])),
      'temporal-reaper': `file:${tarball}`,
    },
  };
}

/** Packs the build as it would be published; the same build gives the same file. */
function pack() {
  const dir = mkdtempSync(join(cache, 'pack-'));
  npm(root, 'pack', '--ignore-scripts', '--silent', '--pack-destination', dir);
  return join(dir, readdirSync(dir)[0]);
}

/** Copies the tests' programs beside what is installed: they refer to this package's files by the path from `dist/test`. */
function copyFixtures(folder) {
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  cpSync(join(root, 'dist', 'test', 'fixtures'), join(dist, 'test', 'fixtures'), { recursive: true });
  symlinkSync(join('..', 'node_modules', 'temporal-reaper', 'dist', 'src'), join(dist, 'src'));
}

function npm(cwd, ...args) {
  const { status } = spawnSync('npm', args, { cwd, stdio: ['ignore', 2, 2], timeout: 300_000, env: clean });
  if (status !== 0) throw new Error(`npm ${args[0]} failed`);
}

/** Asks the registry: each npm command reports a missing network in different words. */
function isOffline() {
  const args = ['view', '@temporalio/worker', 'version', '--prefer-online', '--fetch-retries=0'];
  return spawnSync('npm', args, { stdio: 'ignore', timeout: 30_000, env: clean }).status !== 0;
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    console.log(installSdk(process.argv[2] ?? lowestVersion(), process.argv.slice(3)));
  } catch (error) {
    console.error(`sdk: ${error.message}`);
    process.exitCode = isOffline() ? EX_UNAVAILABLE : 1;
  }
}
