/**
 * `npm run test:sdk`: tests the plugin on other versions of the SDK, in separate projects below .cache/sdk.
 *   node scripts/sdk-versions.mjs [versions...]   default: the lowest supported version, as in npm test
 */
import { join } from 'node:path';
import { root } from './paths.mjs';
import { lowestVersion } from './sdk/install.mjs';

const versions = process.argv.slice(2);
process.env.REAPER_SDK_VERSIONS = (versions.length > 0 ? versions : [lowestVersion()]).join(',');
process.argv = [process.argv[0], join(root, 'scripts', 'test.mjs'), '--no-lint', 'test/sdk'];
await import('./test.mjs');
