import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The version in the package.json of a folder, or in the nearest above it. */
export function packageVersion(from: string): string {
  try {
    return (JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as { version: string }).version;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(from) === from) throw error;
    return packageVersion(dirname(from));
  }
}

/** Version of this package. */
export const version = packageVersion(__dirname);
