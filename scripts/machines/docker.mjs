/** Runs the trial in containers with different set-ups. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../paths.mjs';
import { run } from './bounded.mjs';
import { startDocker } from './docker-daemon.mjs';
import { tryWorkers } from './docker-worker.mjs';
import { makeRoot } from './root-folder.mjs';
import { containers } from './set-ups.mjs';

/** Programs and their Debian packages. */
export const dockerNeeds = { docker: 'docker.io', dockerd: 'docker.io', ldd: 'libc-bin', tar: 'tar' };

/** Parses the last line of an output, which is JSON. */
export function said(output = '') {
  const line = output.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line);
  } catch {
    return { error: output.slice(-300) || 'it says nothing' };
  }
}

/** A tar of a small root file system, for `docker import`. */
export function makeImage(folder) {
  const image = join(folder, 'image');
  mkdirSync(image, { recursive: true });
  makeRoot(image);
  const tar = join(folder, 'image.tar');
  run('tar', ['-C', image, '-cf', tar, '.'], { seconds: 120 });
  return tar;
}

/** The arguments of `docker run`, with the options of a set-up. */
export function trialIn(app, args) {
  const options = ['--rm', '--network=none', '-w', '/', '-v', `${app}:/app:ro`];
  return [...options, ...args, 'trial', '/usr/bin/node', '/app/dist/test/fixtures/machines/trial.js'];
}

/**
 * @param isAsked whether a set-up of this name is to be tried
 * @returns { docker, workers }, each { about, rows }, for the page
 */
export async function tryDocker(folder, isAsked) {
  const tar = makeImage(folder);
  const docker = await startDocker(folder);
  docker(['import', tar, 'trial'], { seconds: 120 });
  const rows = [];
  for (const { name, args } of containers.filter((each) => isAsked(each.name))) {
    let says;
    try {
      says = said(docker(['run', ...trialIn(root, args)], { seconds: 120 }));
    } catch (error) {
      says = { error: error.message };
    }
    console.log(`${name}: ${JSON.stringify(says)}`);
    rows.push({ name, how: args.join(' '), ...says });
  }
  const version = docker(['version', '--format', '{{.Server.Version}}']).trim();
  const cgroups = docker(['info', '--format', '{{.CgroupVersion}}']).trim();
  return {
    docker: { about: `Docker ${version}, cgroup version ${cgroups}`, rows },
    workers: await tryWorkers(docker, folder, isAsked),
  };
}
