/** The native part's sources and how to compile them: for build-native.mjs, prebuild.mjs and the test with sanitizers. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './paths.mjs';

const folder = join(root, 'native');

export const sources = readdirSync(folder)
  .filter((name) => name.endsWith('.c'))
  .sort()
  .map((name) => join(folder, name));

export const headers = readdirSync(folder)
  .filter((name) => name.endsWith('.h'))
  .map((name) => join(folder, name));

const warnings =
  '-Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes ' +
  '-Wcast-align -Wformat=2 -Wundef -Wvla';
// Never unloaded: the hooks in Node's own calls must outlive each thread that has loaded it.
const linking = '-Wl,-z,now,-z,relro,-z,nodelete,-z,noexecstack,--as-needed';

/** The folder of Node-API's headers: in the npm package, or else beside Node itself. */
function includeFolder() {
  const folders = [
    join(root, 'node_modules', 'node-api-headers', 'include'),
    join(dirname(dirname(process.execPath)), 'include', 'node'),
  ];
  const found = folders.find((each) => existsSync(join(each, 'node_api.h')));
  if (!found) throw new Error('node_api.h was not found: run npm ci, which installs node-api-headers');
  return found;
}

/** Arguments for a C compiler. */
export function compile(output, extra = ['-O2']) {
  const language = '-std=gnu11 -fPIC -shared -fvisibility=hidden -DNAPI_VERSION=8';
  return [
    ...language.split(' '),
    ...extra,
    ...warnings.split(' '),
    ...['-isystem', includeFolder(), '-o', output],
    ...sources,
    ...['-ldl', '-lpthread', linking],
  ];
}

/** Where the package looks for the native part. */
export function outputFor(platform = `${process.platform}-${process.arch}`) {
  return join(root, 'dist', 'native', `${platform}.node`);
}
