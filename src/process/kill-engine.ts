import type { Escalation } from '../contract/escalation';
import type { KillReport } from '../contract/kill-report';
import type { ProcessInfo } from '../contract/process-ref';
import type { Containment } from './containment/containment';
import { escalate } from './escalate';
import { KillRecord } from './kill-record';
import type { KillTarget } from './kill-target';
import { isDead } from './look';
import { protectionFrom } from './protect';
import { SharedLook } from './shared-look';

/** Finds and kills. One look at the process table serves all kills under way; without a kill there is none. */
export class KillEngine {
  private readonly looks: SharedLook;

  constructor(readonly containment: Containment) {
    this.looks = new SharedLook(containment.table);
  }

  /** Kills a target. Rejects only when the processes cannot be looked at; survivors are in the report. */
  kill(target: KillTarget, escalation: Escalation): Promise<KillReport> {
    return escalate(this.containment, this.looks, target, escalation);
  }

  /** The living processes of a target at one look. */
  async find(target: KillTarget): Promise<ProcessInfo[]> {
    const marked = await this.looks.take();
    const found = await this.containment.find(marked, target, new KillRecord(), protectionFrom(marked.look));
    return found.filter((process) => !isDead(process));
  }
}
