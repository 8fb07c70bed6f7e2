import type { ConnectionLike } from '@temporalio/client';
import type { LedgerEntry } from '../tracking/ledger';
import type { ReaperNotices } from '../tracking/link';
import type { AttemptKills } from './attempt-kills';
import { failDetached } from './detached';

/** Kills an attempt for good, because its worker stops. One that completes asynchronously has nobody to say so: it fails. */
export async function stopAttempt(
  entry: LedgerEntry,
  kills: AttemptKills,
  connection: ConnectionLike | undefined,
  log: ReaperNotices['log'],
): Promise<void> {
  const { detached } = entry;
  const reason = 'its worker stopped';
  const isUnderWay = entry.kill !== undefined;
  const killed = kills.begin(entry, { then: 'retry', reason });
  const [{ processes }] = await Promise.all([killed, kills.finish(entry)]);
  if (detached && !isUnderWay && processes.length > 0 && connection) await failDetached(connection, entry, reason, log);
}
