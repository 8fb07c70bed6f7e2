import { serverPushArgs, startDevServer, type DevServer } from '../../dev/dev-server';

export { startDevServer, type DevServer };

/** Address of the server that jest's global setup started, with server push off, as is the default. */
export function testServerAddress(): string {
  const address = process.env.REAPER_TEST_ADDRESS;
  if (!address) throw new Error('No test server: run with jest, and without REAPER_NO_SERVER=1.');
  return address;
}

/** A server of the suite's own with server push on: start it in `beforeAll`, stop it in `afterAll`. */
export function startPushServer(): Promise<DevServer> {
  return startDevServer({ extraArgs: [...serverPushArgs] });
}
