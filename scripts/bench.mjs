/**
 * `npm run bench:<name> -- [--runs N] [--json FILE]`: sets up what is missing, then runs the benchmark.
 *   node scripts/bench.mjs cancel [arguments]
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { setup } from './setup.mjs';

const [name = '', ...args] = process.argv.slice(2);
try {
  process.env.TEMPORAL_CLI = (await setup()).path;
} catch (error) {
  console.error(`setup: ${error.message}`);
  process.exit(1);
}
const program = join(root, 'dist', 'bench', `${name}.js`);
if (!/^[a-z]+$/.test(name) || !existsSync(program)) {
  console.error(`No benchmark "${name}"`);
  process.exit(2);
}
process.argv = [process.argv[0], program, ...args];
await import(program);
