import type { NativeConnection } from '@temporalio/worker';
import type { OpenReaper } from '../reaper/open-reaper';

const FORWARDED = Symbol.for('temporal-reaper.credentials');

/** A rotated API key, or new metadata, set on the worker's connection reaches the reaper's own too. */
export function forwardCredentials(
  connection: NativeConnection & { [FORWARDED]?: OpenReaper[] },
  reaper: OpenReaper,
): void {
  const known = connection[FORWARDED];
  if (known) {
    if (!known.includes(reaper)) known.push(reaper);
    return;
  }
  const reapers = (connection[FORWARDED] = [reaper]);
  const setApiKey = connection.setApiKey.bind(connection);
  const setMetadata = connection.setMetadata.bind(connection);
  connection.setApiKey = async (apiKey) => {
    await setApiKey(apiKey);
    for (const one of reapers) one.setCredentials({ apiKey });
  };
  connection.setMetadata = async (metadata) => {
    await setMetadata(metadata);
    for (const one of reapers) one.setCredentials({ metadata: metadata as Record<string, string> });
  };
}
