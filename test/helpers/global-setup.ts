import { startDevServer, type DevServer } from './dev-server';

/** Global setup and teardown are loaded apart from one another, in one process. */
export const shared = globalThis as typeof globalThis & { reaperDevServer?: DevServer };

/** One server for all suites. REAPER_NO_SERVER=1 goes without, for suites that need none. */
export default async function globalSetup(): Promise<void> {
  if (process.env.REAPER_NO_SERVER === '1') return;
  shared.reaperDevServer = await startDevServer();
  process.env.REAPER_TEST_ADDRESS = shared.reaperDevServer.address;
}
