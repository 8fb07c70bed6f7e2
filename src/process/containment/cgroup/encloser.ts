import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { getSystemErrorName as nameOf } from 'node:util';
import { errorCode } from '../../error-code';
import type { NativeAddon } from '../../native/addon';
import { runEnclosed } from '../../native/run-enclosed';
import type { EnclosedAttempt, Encloser, EncloserData, Enclosure, EnclosureRef } from '../enclosure';
import { makeCgroup, removeIfEmpty } from './directory';
import { attemptName } from './names';

type CgroupData = Extract<EncloserData, { kind: 'cgroup' }>;

/** Logs that a process is not enclosed, and why. */
export type WarningSink = (message: string) => void;

/** The cgroup of one attempt. */
class CgroupEnclosure implements Enclosure {
  readonly ref: EnclosureRef & { cgroup: string };
  readonly isCertain: boolean;

  constructor(
    private readonly native: NativeAddon,
    private readonly data: CgroupData,
    name: string,
    private readonly warn: WarningSink,
  ) {
    this.ref = { cgroup: join(data.directory, name) };
    this.isCertain = data.atBirth;
  }

  run<T>(call: () => T, changesUser: boolean, tell: (isEnclosed: boolean) => void): T {
    let cgroup: number;
    try {
      cgroup = this.open();
    } catch (error) {
      this.warn(`A process starts outside of its attempt's cgroup, which cannot be opened (${errorCode(error)})`);
      tell(false);
      return call();
    }
    try {
      return runEnclosed(this.native, { cgroup, changesUser }, call, (entered) => {
        if (entered < 0) this.warn(`A process has started outside of its attempt's cgroup (${nameOf(entered)})`);
        tell(entered >= 0);
      });
    } finally {
      closeSync(cgroup);
    }
  }

  private open(): number {
    const { cgroup } = this.ref;
    try {
      return openSync(cgroup, 'r');
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      makeCgroup(cgroup, this.data.directory);
      return openSync(cgroup, 'r');
    }
  }
}

/** Encloses processes in cgroups; logs each reason for a failure once. */
export class CgroupEncloser implements Encloser {
  private readonly told = new Set<string>();

  constructor(
    private readonly native: NativeAddon,
    private readonly data: CgroupData,
    private readonly warn: WarningSink,
  ) {}

  enclose(attempt: EnclosedAttempt): Enclosure {
    // Not only the attempt's own number: attempts before and after a reset have the same number.
    return new CgroupEnclosure(this.native, this.data, attemptName(attempt, this.native.nextNumber()), (message) => {
      if (this.told.has(message)) return;
      this.told.add(message);
      this.warn(message);
    });
  }

  /** A reaper that ends in order has already removed the directory. */
  stop(): void {
    removeIfEmpty(this.data.directory);
  }
}
