import type { AttemptRef } from '../contract/attempt-ref';
import type { GuardianLink } from '../guardian/guardian-link';
import { closeUnused } from '../process/containment/close-unused';
import type { Containment } from '../process/containment/level';
import type { LedgerEntry } from '../tracking/ledger';
import type { ReaperNotices } from '../tracking/link';
import type { ProcessConfig } from './config';
import type { HostFace } from './host-face';
import { logLevel } from './log-level';
import { MissedKills } from './missed-kills';
import { startGuardian } from './start-guardian';

/**
 * What the reapers of a process share: one level, one guardian, and each other's attempts. Two connections to one
 * namespace are two reapers that poll the same task queues, and a request may come to either.
 */
export class ReaperProcess {
  readonly missed = new MissedKills();
  readonly guardian: GuardianLink | undefined;
  private readonly faces = new Set<HostFace>();

  /** @param endsWithLast whether it stops when its last reaper has left; false: another one may come */
  constructor(
    config: ProcessConfig,
    readonly containment: Containment,
    notices: Pick<ReaperNotices, 'log' | 'guardianStarted'>,
    private readonly endsWithLast = true,
  ) {
    logLevel(notices.log, containment, config.containment);
    this.guardian = startGuardian(config, containment, notices);
  }

  join(face: HostFace): void {
    this.faces.add(face);
  }

  leave(face: HostFace): void {
    this.faces.delete(face);
    if (this.endsWithLast && this.faces.size === 0) this.stop();
  }

  /** Every open attempt of the process. */
  entries(): LedgerEntry[] {
    return [...this.faces].flatMap((face) => face.ownEntries());
  }

  /** Those who look after the same namespace of the same cluster. */
  peersOf(face: HostFace): HostFace[] {
    return [...this.faces].filter((other) => other === face || other.servesWith(face));
  }

  /** Who holds the attempt. */
  holderOf(ref: AttemptRef): { face: HostFace; entry: LedgerEntry } | undefined {
    for (const face of this.faces) {
      const entry = face.findOwn(ref);
      if (entry) return { face, entry };
    }
    return undefined;
  }

  /** The same when no reaper has ever joined. */
  stopUnused(): void {
    closeUnused(this.containment);
    this.guardian?.goodbye();
  }

  /** Ends what outlives each reaper: the level's keeper, and the guardian. */
  stop(): void {
    this.containment.keeper?.stop();
    this.guardian?.goodbye();
  }
}
