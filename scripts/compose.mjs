/**
 * `npm run test:compose`: runs docker-compose.yml as it is in a Docker daemon of its own, with stand-ins for the images that
 * it names, built from package registries, and says for each check whether it holds. Grafana has no stand-in: it is not run.
 * Needs root and Debian or a derivative; the first run takes some 15 minutes, others some 5.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checks } from './compose/checks.mjs';
import { buildImages, prepare } from './compose/images.mjs';
import { Scene } from './compose/scene.mjs';
import { atTheEnd, missingPackages } from './machines/bounded.mjs';
import { startDocker } from './machines/docker-daemon.mjs';
import { root } from './paths.mjs';

/** Programs and their Debian packages. */
const needs = {
  docker: 'docker.io',
  dockerd: 'docker.io',
  go: 'golang',
  ip: 'iproute2',
  iptables: 'iptables',
  mmdebstrap: 'mmdebstrap',
  nsenter: 'util-linux',
  ps: 'procps',
  slirp4netns: 'slirp4netns',
  tar: 'tar',
  unshare: 'util-linux',
};

function refuse(why) {
  console.error(why);
  process.exit(1);
}

if (process.getuid?.() !== 0) refuse('Docker needs root');
const missing = missingPackages(needs);
if (missing.length > 0) refuse(`First: apt-get install ${missing.join(' ')}`);

const cache = join(root, '.cache', 'compose');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'reaper-compose-'));
atTheEnd(() => rmSync(folder, { recursive: true, force: true }));

const { env, cli, tars } = await prepare(folder, cache);
const client = await startDocker(folder, { networks: true });
const docker = (args, options) => client(args, { ...options, env });
buildImages(docker, folder, tars);
const version = docker(['version', '--format', '{{.Server.Version}}']).trim();
console.log(`Docker ${version}, ${docker(['compose', 'version']).trim()}`);

const scene = new Scene(docker, client.inside, cli);
let failed = 0;
for (const [name, check] of checks) {
  try {
    console.log(`ok: ${name} (${await check(scene)})`);
  } catch (error) {
    failed++;
    console.log(`FAILED: ${name}: ${error.message}`);
  }
}
console.log(`${checks.length - failed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
