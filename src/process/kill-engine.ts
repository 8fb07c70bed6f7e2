import type { Escalation } from '../contract/escalation';
import type { KillReport } from '../contract/kill-report';
import type { ProcessInfo } from '../contract/process-ref';
import type { Containment } from './containment/containment';
import { escalate } from './escalate';
import { KillRecord } from './kill-record';
import type { KillTarget } from './kill-target';
import { type Marker, formatMarker, markerName, parseMarker } from './marker';
import { isDead } from './look';
import { protectionFrom } from './protect';
import { SharedLook } from './shared-look';

/** An attempt as its processes' own environment names it. */
export interface MarkedAttempt {
  marker: Marker;
  name: string;
  value: string;
  processes: ProcessInfo[];
}

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

  /**
   * The attempts that have a living process with a marker, or in an enclosure, whichever worker started it; none where no
   * marker is read.
   */
  async markedAttempts(): Promise<MarkedAttempt[]> {
    const found = new Map<string, MarkedAttempt>();
    const add = (marker: Marker, process: ProcessInfo): void => {
      const [name, value] = [markerName(marker.key), formatMarker(marker)];
      const known = found.get(`${name}=${value}`) ?? { marker, name, value, processes: [] };
      if (!known.processes.some(({ pid }) => pid === process.pid)) known.processes.push(process);
      found.set(`${name}=${value}`, known);
    };
    for (const { process, name, value } of await (await this.looks.take()).allMarked()) {
      const marker = isDead(process) ? undefined : parseMarker(name, value);
      if (marker) add(marker, process);
    }
    for (const { marker, processes } of (await this.containment.enclosedAttempts?.()) ?? []) {
      for (const process of processes) add(marker, process);
    }
    return [...found.values()];
  }

  /** The living processes of a target at one look. */
  async find(target: KillTarget): Promise<ProcessInfo[]> {
    const marked = await this.looks.take();
    const found = await this.containment.find(marked, target, new KillRecord(), protectionFrom(marked.look));
    return found.filter((process) => !isDead(process));
  }
}
