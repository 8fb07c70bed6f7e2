import { distance } from 'fastest-levenshtein';
import { locateWorkers } from '../server/pollers';
import { ReaperError } from '../contract/errors';
import { callServer } from '../server/call-server';
import type { TemporalServer } from './server';

const SHOWN = 10;
/** How many wrong, missing or extra characters still count as a misspelling. */
const MISSPELT = 3;

/** Suggests the nearest host id and lists the known ones. */
function hint(hostId: string, known: string[]): string {
  if (known.length === 0) return 'no worker with temporal-reaper polls in this namespace';
  const near = known
    .map((name) => ({ name, away: distance(hostId.toLowerCase(), name.toLowerCase()) }))
    .filter(({ away }) => away <= MISSPELT)
    .sort((a, b) => a.away - b.away);
  const meant = near.length > 0 ? `did you mean "${near[0].name}"? ` : '';
  return `${meant}There are ${known.slice(0, SHOWN).join(', ')}${known.length > SHOWN ? ` and ${known.length - SHOWN} more` : ''}`;
}

/**
 * Refuses unknown hosts: a misspelt host must not look like a host where nothing runs.
 *
 * @throws ReaperError `TARGET_NOT_FOUND` when no worker with a reaper polls on one of the hosts
 */
export async function assertKnownHosts(server: TemporalServer, hostIds: string[] | undefined): Promise<void> {
  if (!hostIds) return;
  const workers = await callServer(server, () => locateWorkers(server.connection, server.namespace));
  const known = [...new Set(workers.map(({ hostId }) => hostId))];
  for (const hostId of hostIds) {
    if (known.includes(hostId)) continue;
    throw new ReaperError(
      'TARGET_NOT_FOUND',
      `Namespace "${server.namespace}" has no host "${hostId}": ${hint(hostId, known)}`,
    );
  }
}
