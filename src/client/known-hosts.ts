import { locateWorkers } from '../activities/pollers';
import { ReaperError } from '../contract/errors';
import { callServer } from './call-server';
import type { Server } from './server';

const SHOWN = 10;
/** Wrong, missing and surplus characters that a misspelt name may have. */
const MISSPELT = 3;

/** Least number of characters to change, add or drop. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length];
}

/** What was meant, in words, and what there is. */
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
 * Lest a misspelt host reads as one where nothing runs.
 *
 * @throws ReaperError `TARGET_NOT_FOUND` when no worker with a reaper polls on one of the hosts
 */
export async function assertKnownHosts(server: Server, hostIds: string[] | undefined): Promise<void> {
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
