/** Makes the root file system of a new Debian. */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { run } from './bounded.mjs';

/** The mirror that this machine's apt uses; empty: mmdebstrap knows one. */
function mirror() {
  const lines = run('apt-get', ['indextargets', '--format', '$(LABEL) $(REPO_URI)', 'Created-By: Packages']).split(
    '\n',
  );
  const found = lines.find((line) => line.startsWith('Debian '));
  return found ? [found.slice('Debian '.length).replace(/\/$/, '')] : [];
}

/** The settings that this machine's apt needs to reach it, for instance a proxy. */
function aptOptions() {
  const lines = run('apt-config', ['dump', '--format', '%F "%v";%n', 'Acquire']).split('\n');
  return lines.filter((line) => /^Acquire::https?::.* ".+";$/.test(line)).map((line) => `--aptopt=${line}`);
}

/** Makes the tar, unless it is there already: it takes minutes. @returns its path */
export function debian(tar, suite, packages) {
  if (existsSync(tar)) return tar;
  mkdirSync(dirname(tar), { recursive: true });
  const options = ['--variant=minbase', `--include=${packages}`, '--aptopt=Acquire::Languages "none"'];
  run('mmdebstrap', [...options, ...aptOptions(), suite, `${tar}.new.tar`, ...mirror()], { seconds: 1_200 });
  renameSync(`${tar}.new.tar`, tar);
  return tar;
}
