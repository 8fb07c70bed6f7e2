import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot, packageVersion } from '../../process/package-version';

/** The path of the bundle that the build makes for a version of the SDK. */
export function bundlePath(sdkVersion: string): string {
  return join(packageRoot, 'dist', 'bundles', `${sdkVersion}.js`);
}

/**
 * The cancellation workflows as bundled by the build. A bundle contains the SDK's workflow runtime, which works only with a
 * Worker of exactly the same version.
 *
 * @param sdkVersion version of the Worker that is to run them; default: the installed one
 * @returns undefined when there is no bundle for that version
 */
export function prebuiltWorkflows(
  sdkVersion = packageVersion(dirname(require.resolve('@temporalio/worker'))),
): { codePath: string } | undefined {
  const codePath = bundlePath(sdkVersion);
  return existsSync(codePath) ? { codePath } : undefined;
}
