import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The nearest folder with a package.json, from this one upwards. */
function rootOf(from: string): string {
  return existsSync(join(from, 'package.json')) || dirname(from) === from ? from : rootOf(dirname(from));
}

/** The version in the package.json of a folder, or in the nearest one above it. */
export function packageVersion(from: string): string {
  return (JSON.parse(readFileSync(join(rootOf(from), 'package.json'), 'utf8')) as { version: string }).version;
}

/** The folder of this package. */
export const packageRoot = rootOf(__dirname);

/** Version of this package. */
export const reaperVersion = packageVersion(__dirname);
