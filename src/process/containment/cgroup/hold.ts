import type { Proof } from '../../../contract/kill-report';
import type { ProcessInfo } from '../../../contract/process-ref';
import { isDead } from '../../look';
import type { Hold } from '../level';
import { exists, isPopulated, killAll, thaw } from './directory';

/** What a kill has to ask of the level that it belongs to. */
export interface HoldPort {
  /** The cgroups of the target, read afresh. */
  directories(): string[];
  /** Whether a process is in one of them now. */
  isInside(process: ProcessInfo): boolean;
  /** Whether a process that must not be killed has got into one. */
  holdsProtected(directory: string): boolean;
  /** Whether every process that the target started was seen to enter. */
  isVerified(): boolean;
  end(): void;
}

/** The cgroups of one target, as one kill works on them. */
export class CgroupHold implements Hold {
  /** Seen outside, and not inside since. */
  private readonly outside = new Set<string>();
  private isThawed = false;

  constructor(private readonly port: HoldPort) {}

  observe(found: readonly ProcessInfo[]): void {
    if (!this.isThawed) this.port.directories().forEach(thaw); // else its processes would not act on the first signal
    this.isThawed = true;
    for (const process of found) {
      if (isDead(process)) continue;
      const key = `${process.pid}:${process.startTicks}`;
      if (this.port.isInside(process)) this.outside.delete(key);
      else this.outside.add(key);
    }
  }

  kill(): void {
    for (const directory of this.port.directories()) {
      if (!this.port.holdsProtected(directory)) killAll(directory);
    }
  }

  get isPopulated(): boolean {
    return this.port.directories().some(isPopulated);
  }

  get proof(): Proof {
    const isProven =
      this.outside.size === 0 && this.port.directories().every(exists) && this.port.isVerified() && !this.isPopulated;
    return isProven ? 'kernel' : 'scan';
  }

  end(): void {
    this.port.end();
  }
}
