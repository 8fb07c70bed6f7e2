import type { AttemptRef } from '../contract/attempt-ref';
import type { AttemptKill } from '../contract/host-requests';
import type { LedgerEntry } from '../tracking/ledger-entry';
import type { AttemptKills } from './kills/attempt-kills';

/** A reaper as the other reapers of its process see it. */
export interface ReaperPeer {
  readonly kills: AttemptKills;
  /** Tells namespaces of the same name apart; undefined until the server has been asked. */
  readonly namespaceId: string | undefined;
  ownEntries(): LedgerEntry[];
  findOwn(ref: AttemptRef): LedgerEntry | undefined;
  ownReportsOf(ref: AttemptRef): AttemptKill[];
}
