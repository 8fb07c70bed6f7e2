import { join } from 'node:path';
import { errorCode } from '../../error-code';
import type { Command, EnclosedAttempt, Encloser, EncloserData, Enclosure, EnclosureRef, Start } from '../enclosure';
import { make, removeIfEmpty } from './directory';
import { attemptName } from './names';
import { trampolineTo } from './trampoline';

type CgroupData = Extract<EncloserData, { kind: 'cgroup' }>;

/** Tells of what is not enclosed, and why. */
export type Warn = (message: string) => void;

// Of this process, for it has one directory: an attempt that was reset has the number of another.
let attempts = 0;

/**
 * One cgroup for each attempt, and below it one for each of its spawns: that its CPU time is not zero proves afterwards
 * that the process did enter.
 */
class CgroupEnclosure implements Enclosure {
  readonly ref: EnclosureRef & { cgroup: string };
  private spawns = 0;

  constructor(
    private readonly data: CgroupData,
    name: string,
    private readonly warn: Warn,
  ) {
    this.ref = { cgroup: join(data.directory, name) };
  }

  spawn<T>(
    start: Start,
    call: (command: Command, isEnclosed: boolean) => T,
    hasStarted: (result: T) => number | boolean,
  ): T {
    const entry = join(this.ref.cgroup, String(++this.spawns));
    const command = trampolineTo(join(entry, 'cgroup.procs'), start, this.data.trampolines);
    const why = typeof command === 'string' ? command : this.makeEntry(entry);
    if (typeof command === 'string' || why !== undefined) {
      const result = call(start, false);
      if (hasStarted(result)) this.warn(`A process starts outside of its attempt's cgroup: ${why}`);
      return result;
    }
    let isInUse = true;
    try {
      const result = call(command, true);
      isInUse = hasStarted(result) !== false;
      return result;
    } finally {
      if (!isInUse) removeIfEmpty(entry);
    }
  }

  /** @returns in words why it cannot be made */
  private makeEntry(entry: string): string | undefined {
    try {
      make(entry, this.data.directory);
      return undefined;
    } catch (error) {
      return `its cgroup cannot be made (${errorCode(error)})`;
    }
  }
}

/** Encloses by cgroups; tells once of each reason why a process was not. */
export class CgroupEncloser implements Encloser {
  private readonly told = new Set<string>();

  constructor(
    private readonly data: CgroupData,
    private readonly warn: Warn,
  ) {}

  enclose(attempt: EnclosedAttempt): Enclosure {
    return new CgroupEnclosure(this.data, attemptName(attempt, ++attempts), (message) => {
      if (this.told.has(message)) return;
      this.told.add(message);
      this.warn(message);
    });
  }

  /** A reaper that has ended in order has done so itself. */
  stop(): void {
    removeIfEmpty(this.data.directory);
  }
}
