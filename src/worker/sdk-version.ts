import { dirname } from 'node:path';
import { ReaperError } from '../contract/errors';
import { packageVersion } from '../process/package-version';

/** Oldest usable version. Before it, an activity does not know its namespace, or plugins are not called: no kills. */
const OLDEST = [1, 17] as const;

/** @throws ReaperError `SDK_UNSUPPORTED` when Temporal's SDK is too old */
export function assertSdk(version = packageVersion(dirname(require.resolve('@temporalio/worker')))): void {
  const [major, minor] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new ReaperError(
    'SDK_UNSUPPORTED',
    `@temporalio/worker is ${version}: with it, no processes would be killed. The oldest version that works is ${OLDEST.join('.')}`,
  );
}
