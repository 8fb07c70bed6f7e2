/**
 * `npm run test:matrix`: tries every ending with every shape of processes, and writes docs/guarantees.md from the results.
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
