/**
 * `npm run test:matrix`: tries every ending with every shape of process tree, and writes the results to docs/guarantees.md.
 *   node scripts/matrix.mjs [jest arguments]
 */
import { join } from 'node:path';
import { root } from './paths.mjs';

process.env.MATRIX = 'full';
process.argv = [
  process.argv[0],
  join(root, 'scripts', 'test.mjs'),
  '--no-lint',
  'test/matrix',
  ...process.argv.slice(2),
];
await import('./test.mjs');
