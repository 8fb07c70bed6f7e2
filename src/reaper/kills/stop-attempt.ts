import type { ConnectionLike } from '@temporalio/client';
import type { LedgerEntry } from '../../tracking/ledger-entry';
import type { ReaperLog } from '../../tracking/reaper-protocol';
import type { AttemptKills } from './attempt-kills';
import { failDetached } from './detached-attempts';

/** Kills an attempt because its worker stops. Fails one that completes asynchronously, since nobody else reports its end. */
export async function stopAttempt(
  entry: LedgerEntry,
  kills: AttemptKills,
  connection: ConnectionLike | undefined,
  log: ReaperLog,
): Promise<void> {
  const { isDetached } = entry;
  const reason = 'its worker stopped';
  const isUnderWay = entry.kill !== undefined;
  const killed = kills.begin(entry, { then: 'retry', reason });
  const [{ processes }] = await Promise.all([killed, kills.finish(entry)]);
  if (isDetached && !isUnderWay && processes.length > 0 && connection)
    await failDetached(connection, entry, reason, log);
}
