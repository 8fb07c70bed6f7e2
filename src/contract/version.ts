import { ReaperError } from './errors';

/**
 * Of the requests that workflows, ours and those with the interceptor, send to hosts; it grows with each change that an older
 * host would get wrong. A request without one counts as 1.
 */
export const PROTOCOL_VERSION = 1;

/** @throws ReaperError `VERSION_UNSUPPORTED`, when the sender is newer than we are; `OPTION_INVALID` */
export function assertVersion(version: unknown): void {
  if (version === undefined || version === null) return;
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 1) {
    throw new ReaperError('OPTION_INVALID', 'version is no positive integer');
  }
  if (version > PROTOCOL_VERSION) {
    throw new ReaperError(
      'VERSION_UNSUPPORTED',
      `The request has version ${version}, this worker knows ${PROTOCOL_VERSION}: update temporal-reaper here`,
    );
  }
}
