import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../paths.mjs';

/**
 * Copies this build into the folder's node_modules, so that it uses the folder's own copy of the SDK, as a user's would.
 * Its other dependencies are linked.
 */
export function installInto(folder) {
  const target = join(folder, 'node_modules', 'temporal-reaper');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(join(target, 'dist'), { recursive: true });
  cpSync(join(root, 'dist', 'src'), join(target, 'dist', 'src'), { recursive: true });
  const native = join(root, 'dist', 'native');
  if (existsSync(native)) cpSync(native, join(target, 'dist', 'native'), { recursive: true });
  cpSync(join(root, 'package.json'), join(target, 'package.json'));
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const source = join(root, 'node_modules', name);
    if (name.startsWith('@temporalio/') || !existsSync(source)) continue;
    const link = join(target, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(source, link);
  }
}

/** The SDK version in the folder. */
export function sdkVersion(folder) {
  const file = join(folder, 'node_modules', '@temporalio', 'worker', 'package.json');
  return JSON.parse(readFileSync(file, 'utf8')).version;
}

/** Folders with a package.json, one level deep. */
export function packagesIn(folder) {
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'package.json')));
}
