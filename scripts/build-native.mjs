/**
 * Builds the native part for this machine with its own C compiler (`CC`, or else cc), unless it is up to date. Without a
 * compiler it prints what is missing and succeeds: the levels "cgroup" and "subreaper" are then unavailable.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './paths.mjs';
import { compile, headers, outputFor, sources } from './native.mjs';

/** Returns its path; logs why and returns undefined if it cannot be built here. Throws when it does not compile. */
export function buildNative(log = console.error) {
  const { platform, arch } = process;
  if (platform !== 'linux' || !['x64', 'arm64'].includes(arch)) {
    log(`native part: not available for ${platform}-${arch}`);
    return undefined;
  }
  const output = outputFor();
  if (isCurrent(output)) return output;
  const compiler = process.env.CC || 'cc';
  mkdirSync(dirname(output), { recursive: true });
  // Another process may have loaded the old one, or be building as well.
  const draft = `${output}.${process.pid}`;
  const { error, status, stderr } = spawnSync(compiler, compile(draft), { encoding: 'utf8' });
  if (error) {
    log(
      `native part: no C compiler (${compiler}: ${error.code}), so the levels "cgroup" and "subreaper" are unavailable`,
    );
    return undefined;
  }
  if (status !== 0) throw new Error(`${compiler} does not compile the native part:\n${stderr}`);
  renameSync(draft, output);
  return output;
}

function isCurrent(output) {
  if (!existsSync(output)) return false;
  const scripts = ['native.mjs', 'build-native.mjs'].map((name) => join(root, 'scripts', name));
  const built = statSync(output).mtimeMs;
  return [...sources, ...headers, ...scripts].every((file) => statSync(file).mtimeMs <= built);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    buildNative();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
