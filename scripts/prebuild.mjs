/**
 * Builds the native part for every platform that the package ships it for, on any machine with python3 and pip: with a
 * pinned version of zig, against an old C library. The same source gives the same bytes. Run by `npm pack` (`prepack`).
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './paths.mjs';
import { compile, outputFor } from './native.mjs';

const ZIG = '0.15.2';
/** The oldest C library that the oldest supported Node runs with. */
const GLIBC = '2.28';
const TARGETS = { 'linux-x64': 'x86_64', 'linux-arm64': 'aarch64' };

const folder = join(root, '.cache', 'zig', ZIG);

function run(command, args, env = {}) {
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } };
  const { status, error } = spawnSync(command, args, options);
  if (error || status !== 0) throw new Error(`${command} ${args[0]} failed (${error?.code ?? status})`);
}

function findZig() {
  const zig = join(folder, 'ziglang', 'zig');
  if (!existsSync(zig)) {
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, `ziglang==${ZIG}`];
    run('python3', pip, { PIP_ROOT_USER_ACTION: 'ignore' });
  }
  return zig;
}

const zig = findZig();
const caches = { ZIG_LOCAL_CACHE_DIR: join(folder, 'cache'), ZIG_GLOBAL_CACHE_DIR: join(folder, 'cache') };
for (const [platform, machine] of Object.entries(TARGETS)) {
  const output = outputFor(platform);
  mkdirSync(dirname(output), { recursive: true });
  // Leaves out the names of this machine's folders.
  const extra = ['-O2', '-s', '-g0'];
  run(zig, ['cc', '-target', `${machine}-linux-gnu.${GLIBC}`, ...compile(output, extra)], caches);
  const digest = createHash('sha256').update(readFileSync(output)).digest('hex');
  console.error(`native part for ${platform}: sha256 ${digest}`);
}
