/**
 * `npm run test:machines`: tries the containment levels in Docker, and in units of a real systemd in a virtual machine, and
 * writes docs/machines.md. Needs root and Debian or a derivative; takes minutes for Docker, most of an hour for the machine.
 *   node scripts/machines.mjs [docker|vm [pattern]]   only one of the two, and only the set-ups whose name matches;
 *                                                     for the others the page keeps their last results
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atTheEnd, missingPackages } from './machines/bounded.mjs';
import { dockerNeeds, tryDocker } from './machines/docker.mjs';
import { pageOf } from './machines/page.mjs';
import { tryVm, vmNeeds } from './machines/vm.mjs';
import { root } from './paths.mjs';

const cache = join(root, '.cache', 'machines');
const kept = join(cache, 'results.json');

const [asked, words = ''] = process.argv.slice(2);
const isAsked = (name) => new RegExp(words).test(name);

/** Replaces the rows of the same name with the new ones. */
function merged(before, now) {
  const others = (before?.rows ?? []).filter(({ name }) => !now.rows.some((row) => row.name === name));
  return now.rows.length > 0 ? { ...now, rows: [...others, ...now.rows] } : before;
}

const parts = {
  docker: { needs: dockerNeeds, run: (folder) => tryDocker(folder, isAsked) },
  vm: {
    needs: vmNeeds,
    run: async (folder) => {
      const { systemd, docker } = await tryVm(folder, cache, isAsked);
      return { systemd, vmDocker: docker };
    },
  },
};

function refuse(why) {
  console.error(why);
  process.exit(1);
}

const names = asked ? [asked] : Object.keys(parts);
if (asked && !(asked in parts)) refuse(`There is no part ${asked}: docker or vm`);
if (process.getuid?.() !== 0) refuse('Docker and the disk of the virtual machine need root');
if (!existsSync(join(root, 'dist/test/fixtures/machines/trial.js'))) refuse('Not compiled: npm run build');
const missing = missingPackages(Object.assign({}, ...names.map((name) => parts[name].needs)));
if (missing.length > 0) refuse(`First: apt-get install ${missing.join(' ')}`);

/** Read when needed: the other part may have run meanwhile. */
const resultsKept = () => (existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : {});

mkdirSync(cache, { recursive: true });
for (const name of names) {
  const folder = mkdtempSync(join(tmpdir(), 'reaper-machines-'));
  atTheEnd(() => rmSync(folder, { recursive: true, force: true }));
  const date = new Date().toISOString().slice(0, 10);
  const now = await parts[name].run(folder);
  const results = resultsKept();
  for (const [part, result] of Object.entries(now)) results[part] = merged(results[part], { ...result, date });
  writeFileSync(kept, JSON.stringify(results, undefined, 1));
}
const results = resultsKept();
if (results.docker && results.systemd) {
  const page = join(root, 'docs', 'machines.md');
  writeFileSync(page, pageOf(results));
  console.log(`Written: ${page}`);
} else {
  console.log('The page needs both parts: docs/machines.md is as it was');
}
process.exit(0);
