import { ReaperError } from './errors';

/**
 * Version of the requests that the cancellation workflows and the workflow interceptor send to hosts. It grows with each
 * change that an older host would handle wrongly. A request without a version counts as 1.
 */
export const PROTOCOL_VERSION = 1;

/** @throws ReaperError `VERSION_UNSUPPORTED` when the sender is newer than this worker; `OPTION_INVALID` */
export function assertVersion(version: unknown): void {
  if (version === undefined || version === null) return;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    throw new ReaperError('OPTION_INVALID', 'version is not a positive integer');
  }
  if (version > PROTOCOL_VERSION) {
    throw new ReaperError(
      'VERSION_UNSUPPORTED',
      `The request has version ${version}, this worker knows ${PROTOCOL_VERSION}: update temporal-reaper here`,
    );
  }
}
