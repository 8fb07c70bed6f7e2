import type { AttemptRef } from '../contract/attempt-ref';
import type { GuardianLink } from '../guardian/guardian-link';
import type { Containment } from '../process/containment/level';
import { reapOrphans } from '../process/containment/subreaper/orphan-reaping';
import { signalProcess } from '../process/kill/signal-process';
import { nowTicks } from '../process/table/liveness';
import { systemTable } from '../process/table/system-table';
import type { LedgerEntry } from '../tracking/ledger-entry';
import type { ReaperNotices } from '../tracking/reaper-protocol';
import type { ProcessConfig } from './config';
import { logLevel, logZombies } from './log-level';
import { MissedKills } from './kills/missed-kills';
import { makeGuardian } from './make-guardian';
import type { ReaperPeer } from './reaper-peer';

/**
 * What the reapers of a process share: one level, one guardian, and access to each other's attempts. Two connections to
 * one namespace mean two reapers that poll the same task queues, so a request may reach either.
 */
export class ReaperProcess {
  readonly missed = new MissedKills();
  /** Attempts that began earlier were held by a reaper thread that has crashed. */
  readonly beganTicks = nowTicks();
  readonly guardian: GuardianLink | undefined;
  private readonly peers = new Set<ReaperPeer>();
  private readonly reaping: { stop(): void } | undefined;

  /** @param endsWithLast whether it stops when its last reaper has left; false: another reaper may join later */
  constructor(
    private readonly config: ProcessConfig,
    readonly containment: Containment,
    notices: ReaperNotices,
    private readonly endsWithLast = true,
  ) {
    logLevel(notices.log, containment, config.containment);
    this.guardian = makeGuardian(config, containment, notices);
    const reaping = reapOrphans(config.mark);
    if (reaping && 'obstacle' in reaping) logZombies(notices.log, reaping);
    else this.reaping = reaping;
  }

  /** Creates one whose guardian starts right away. */
  static guarded(...args: ConstructorParameters<typeof ReaperProcess>): ReaperProcess {
    const process = new ReaperProcess(...args);
    process.guard();
    return process;
  }

  /** Starts the guardian. Called once, before any activity begins. */
  guard(): void {
    this.guardian?.start();
    const { formerGuardian } = this.config;
    if (this.guardian && formerGuardian) signalProcess(systemTable(), formerGuardian, 'SIGKILL');
  }

  join(peer: ReaperPeer): void {
    this.peers.add(peer);
  }

  leave(peer: ReaperPeer): void {
    this.peers.delete(peer);
    if (this.endsWithLast && this.peers.size === 0) this.stop();
  }

  /** All open attempts of the process. */
  entries(): LedgerEntry[] {
    return [...this.peers].flatMap((peer) => peer.ownEntries());
  }

  /** The reapers that look after the same namespace of the same cluster. */
  peersOf(peer: ReaperPeer): ReaperPeer[] {
    return [...this.peers].filter((other) => other === peer || isSameNamespace(other, peer));
  }

  /** Finds the reaper that holds the attempt. */
  holderOf(ref: AttemptRef): { peer: ReaperPeer; entry: LedgerEntry } | undefined {
    for (const peer of this.peers) {
      const entry = peer.findOwn(ref);
      if (entry) return { peer, entry };
    }
    return undefined;
  }

  /** Stops what outlives the single reapers: the level's keeper, the guardian, the reaping of orphans. */
  stop(): void {
    this.containment.keeper?.stop();
    this.guardian?.goodbye();
    this.reaping?.stop();
  }
}

function isSameNamespace(one: ReaperPeer, other: ReaperPeer): boolean {
  return one.namespaceId !== undefined && one.namespaceId === other.namespaceId;
}
