/**
 * `npm run demo`: sets up what is missing, then shows real work being cancelled.
 *   npm run demo [-- --keep | --without | --picture]
 */
import { root } from './paths.mjs';
import { setup } from './setup.mjs';

try {
  process.env.TEMPORAL_CLI = (await setup()).path;
} catch (error) {
  console.error(`setup: ${error.message}`);
  process.exit(1);
}
await import(`${root}/dist/demo/main.js`);
