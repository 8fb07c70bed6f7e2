/**
 * `npm run soak -- [--minutes N] [--seed S]`: random endings of random process trees, for N minutes (default 2). Exits with 1
 * on any leak, hit stranger, wrong ending or growth of file descriptors. Also runs workers without a server, each PID 1 of a
 * PID namespace, and counts their cgroups, descriptors, listeners, timers, zombies and children. An hour: --minutes 60.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './paths.mjs';

function positive(name, text, isValid) {
  const number = Number(text);
  if (!isValid(number)) {
    console.error(`--${name} ${text}: give a ${name === 'seed' ? 'whole number from 0' : 'number over 0'}`);
    process.exit(2);
  }
  return String(number);
}

const { values } = parseArgs({ options: { minutes: { type: 'string' }, seed: { type: 'string' } } });
process.env.SOAK_MINUTES = positive('minutes', values.minutes ?? '2', (it) => it > 0);
if (values.seed !== undefined) {
  process.env.SOAK_SEED = positive('seed', values.seed, (it) => Number.isSafeInteger(it) && it >= 0);
}
process.argv = [process.argv[0], join(root, 'scripts', 'test.mjs'), '--no-lint', 'test/soak'];
await import('./test.mjs');
