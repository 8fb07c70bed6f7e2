import type { Proof } from '../../../contract/kill-report';
import type { ProcessInfo } from '../../../contract/process-ref';
import { isDead } from '../../table/process-snapshot';
import type { LevelKill } from '../level';
import { cgroupExists, cpuMsOf, isPopulated, killAll, thawCgroup } from './directory';

/** What a kill needs from its containment level. */
export interface CgroupKillPort {
  /** The cgroups of the target, read at each call. */
  directories(): string[];
  /** Whether a process is in one of them now. */
  isInside(process: ProcessInfo): boolean;
  /** Whether a process that must not be killed has entered one of them. */
  holdsProtected(directory: string): boolean;
  /** Whether every process that the target started is known to have entered. */
  isVerified(): boolean;
  end(): void;
}

/** The cgroups of one target during one kill. */
export class CgroupKill implements LevelKill {
  /** Processes seen outside, and not inside since. */
  private readonly outside = new Set<string>();
  private isThawed = false;

  constructor(private readonly port: CgroupKillPort) {}

  observe(found: readonly ProcessInfo[]): void {
    if (!this.isThawed) this.port.directories().forEach(thawCgroup); // frozen processes would not act on the first signal
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
      this.outside.size === 0 &&
      this.port.directories().every(cgroupExists) &&
      this.port.isVerified() &&
      !this.isPopulated;
    return isProven ? 'kernel' : 'scan';
  }

  get usedCpuMs(): number | undefined {
    const used = this.port.directories().map(cpuMsOf);
    return used.length > 0 && used.every((ms) => ms !== undefined) ? used.reduce((a, b) => a + b) : undefined;
  }

  end(): void {
    this.port.end();
  }
}
