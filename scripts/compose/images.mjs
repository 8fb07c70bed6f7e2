/** Builds the stand-ins, under the names of the official images. */
import { chmodSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { run } from '../machines/bounded.mjs';
import { debian } from '../machines/debian.mjs';
import { root } from '../paths.mjs';
import { gather } from './programs.mjs';

const PLUGINS = 'usr/libexec/docker/cli-plugins';
const suites = {
  trixie: 'ca-certificates,busybox,netcat-openbsd,postgresql,prometheus,docker-compose,docker-buildx',
  bookworm: 'ca-certificates,libstdc++6',
  'bookworm-compiler': 'ca-certificates,g++,make,python3',
};

/** The images of the compose file by service, and those that Dockerfile begins with. */
function named() {
  const { services } = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });
  const bases = [...readFileSync(join(root, 'Dockerfile'), 'utf8').matchAll(/^FROM (\S+)/gm)].map(([, name]) => name);
  return { services: Object.fromEntries(Object.entries(services).map(([name, { image }]) => [name, image])), bases };
}

/** Docker's client finds its plugins there. @returns the environment that says so */
function installPlugins(tar, folder) {
  const config = join(folder, 'docker-config');
  const plugins = join(config, 'cli-plugins');
  mkdirSync(plugins, { recursive: true });
  for (const name of ['docker-compose', 'docker-buildx']) {
    run('tar', ['-C', plugins, '--strip-components=5', '-xf', tar, `./${PLUGINS}/${name}`]);
    chmodSync(join(plugins, name), 0o755);
  }
  return { DOCKER_CONFIG: config };
}

/** @returns { env, cli }: for Docker's client with Compose, and the path of the Temporal CLI */
export async function prepare(folder, cache) {
  const { services } = named();
  const tagOf = (name) => services[name].split(':')[1];
  const tars = Object.fromEntries(
    Object.entries(suites).map(([name, packages]) => [
      name,
      debian(join(cache, `${name}.tar`), name.split('-')[0], packages),
    ]),
  );
  const cli = await gather(join(folder, 'context'), cache, { server: tagOf('temporal'), ui: tagOf('ui') });
  cpSync(join(root, 'scripts/compose/stand-ins.Dockerfile'), join(folder, 'context/Dockerfile'));
  return { env: installPlugins(tars.trixie, folder), cli, tars };
}

/** @param docker runs Docker's client with the plugins */
export function buildImages(docker, folder, tars) {
  const { services, bases } = named();
  for (const [name, tar] of Object.entries(tars)) docker(['import', tar, `debian-${name}`], { seconds: 300 });
  const registry = run('npm', ['config', 'get', 'registry']).trim();
  const build = (target, image, base = 'debian-bookworm') => {
    const args = [`--build-arg=BASE=${base}`, `--build-arg=NPM_CONFIG_REGISTRY=${registry}`];
    docker(['build', '-q', ...args, `--target=${target}`, '-t', image, join(folder, 'context')], { seconds: 600 });
    console.log(`Built in place of ${image}`);
  };
  build('postgres', services.postgres);
  build('admin-tools', services.schema);
  build('server', services.temporal);
  build('ui', services.ui);
  build('prometheus', services.prometheus);
  build(
    'node',
    bases.find((name) => !name.endsWith('-slim')),
    'debian-bookworm-compiler',
  );
  build(
    'node',
    bases.find((name) => name.endsWith('-slim')),
  );
}
