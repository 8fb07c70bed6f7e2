import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startDevServer, type DevServer } from './dev-server';
import { FIXTURES } from './fixtures-folder';

/** Global setup and teardown are loaded apart from one another, in one process. */
export const shared = globalThis as typeof globalThis & { reaperDevServer?: DevServer };

/** Bundles the workflows of the fixture worker once, for the hundreds of workers that run them unchanged. */
async function bundleWorkflows(): Promise<void> {
  const bundles = join(FIXTURES, 'bundles');
  mkdirSync(bundles, { recursive: true });
  const bundle = (plugin: string): Promise<unknown> =>
    promisify(execFile)(process.execPath, [join(FIXTURES, 'bundle.js'), join(bundles, `${plugin}.js`), plugin]);
  await Promise.all(['with', 'without'].map(bundle));
  process.env.REAPER_TEST_BUNDLES = bundles;
}

/** One server for all suites. REAPER_NO_SERVER=1 goes without, for suites that need none. */
export default async function globalSetup(): Promise<void> {
  if (process.env.REAPER_NO_SERVER === '1') return;
  await bundleWorkflows();
  shared.reaperDevServer = await startDevServer();
  process.env.REAPER_TEST_ADDRESS = shared.reaperDevServer.address;
}
