import type { Escalation } from '../../contract/escalation';
import type { KillReport } from '../../contract/kill-report';
import type { ProcessInfo } from '../../contract/process-ref';
import { isBelieved, isOwnUser } from './believed-carriers';
import type { Containment } from '../containment/open-scan-or-basic';
import { escalateKill } from './escalate';
import { findEach } from './find-each';
import { KillRecord } from './kill-record';
import type { KillTarget } from './kill-target';
import { type AttemptMarker, formatMarker, markerName, parseMarker } from '../marker';
import { isDead } from '../table/process-snapshot';
import { protectionFrom } from './protect';
import { SharedLook } from '../table/shared-look';

/** An attempt, as named in the environment of its processes. */
export interface MarkedAttempt {
  marker: AttemptMarker;
  name: string;
  value: string;
  processes: ProcessInfo[];
}

/** A process with a marker for which its user is the only witness: see {@link isBelieved}. */
export interface DoubtedCarrier {
  marker: AttemptMarker;
  process: ProcessInfo;
  uid: number;
}

/** The processes that carry markers, of any worker. */
export interface MarkerCarriers {
  attempts: MarkedAttempt[];
  doubted: DoubtedCarrier[];
}

/** Finds and kills processes. One look at the process table serves all kills in progress; without a kill, there are none. */
export class KillEngine {
  private readonly looks: SharedLook;

  constructor(readonly containment: Containment) {
    this.looks = new SharedLook(containment.table);
  }

  /** Kills a target. Rejects only when processes cannot be looked at; survivors are in the report. */
  kill(target: KillTarget, escalation: Escalation): Promise<KillReport> {
    return escalateKill(this.containment, this.looks, target, escalation);
  }

  /** The attempts with a living process in an enclosure or with a believed marker; none if markers cannot be read. */
  async markedAttempts(): Promise<MarkedAttempt[]> {
    return (await this.carriers()).attempts;
  }

  /** All processes that carry a marker, believed or not. */
  async carriers(): Promise<MarkerCarriers> {
    const found = new Map<string, MarkedAttempt>();
    const doubted: DoubtedCarrier[] = [];
    const add = (marker: AttemptMarker, process: ProcessInfo): void => {
      const [name, value] = [markerName(marker.key), formatMarker(marker)];
      const known = found.get(`${name}=${value}`) ?? { marker, name, value, processes: [] };
      if (!known.processes.some(({ pid }) => pid === process.pid)) known.processes.push(process);
      found.set(`${name}=${value}`, known);
    };
    const marked = await this.looks.take();
    for (const { process, name, value } of await marked.allMarked()) {
      const marker = isDead(process) ? undefined : parseMarker(name, value);
      if (!marker) continue;
      const uid = marked.realUid(process);
      if (isBelieved(marked, process, isOwnUser, marker.workerStartTicks)) add(marker, process);
      else if (uid !== undefined) doubted.push({ marker, process, uid });
    }
    for (const { marker, processes } of (await this.containment.enclosedAttempts?.()) ?? []) {
      for (const process of processes) add(marker, process);
    }
    return { attempts: [...found.values()], doubted };
  }

  /** The living processes of a target at one look. */
  async find(target: KillTarget): Promise<ProcessInfo[]> {
    const marked = await this.looks.take();
    const found = await this.containment.find(marked, target, new KillRecord(), protectionFrom(marked.look));
    return found.filter((process) => !isDead(process));
  }

  /** See {@link findEach}. */
  findEach(targets: readonly KillTarget[]): Promise<ProcessInfo[][]> {
    return findEach(this.containment, this.looks, targets);
  }
}
