/**
 * `npm run screenshots`: sets up what is missing, then writes the pictures of the Temporal UI in docs/images.
 * Needs Chromium: on PATH, or its path in CHROMIUM.
 */
import { root } from './paths.mjs';
import { setup } from './setup.mjs';

try {
  process.env.TEMPORAL_CLI = (await setup()).path;
} catch (error) {
  console.error(`setup: ${error.message}`);
  process.exit(1);
}
await import(`${root}/dist/demo/screenshots/main.js`);
