import { dirname } from 'node:path';
import { ReaperError } from '../contract/errors';
import { packageVersion } from '../process/package-version';

/** In older ones an activity does not know its namespace, or a plugin is not called: nothing would be killed. */
const OLDEST = [1, 17] as const;

/** @throws ReaperError `SDK_UNSUPPORTED` when that version of Temporal's SDK is too old */
export function assertSdk(version = packageVersion(dirname(require.resolve('@temporalio/worker')))): void {
  const [major, minor] = version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  throw new ReaperError(
    'SDK_UNSUPPORTED',
    `@temporalio/worker is ${version}, and would run activities whose processes nobody kills: ${OLDEST.join('.')} is the oldest that works`,
  );
}
