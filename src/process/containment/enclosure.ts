import type { WorkerMark } from '../marker';

/** Plain data with which a reaper, a guardian or a sweep finds an enclosure again. */
export interface EnclosureRef {
  /** Its directory in the cgroup file system. */
  cgroup?: string;
  /** The number that its processes inherit. */
  tag?: number;
}

/**
 * What the spawning thread does, in addition to the marker, so that the kernel itself remembers which attempt a process
 * belongs to. One per attempt, created at its first spawn.
 */
export interface Enclosure {
  readonly ref: EnclosureRef;
  /** Whether processes are inside from birth, so that nobody need check. */
  readonly isCertain: boolean;
  /**
   * Runs `call`, in which Node starts a process. Never refuses: a process that cannot be enclosed runs anyway. Throws only
   * what `call` throws.
   *
   * @param changesUser whether the process changes to another user or group
   * @param tell receives whether everything started is inside, even when `call` throws
   */
  run<T>(call: () => T, changesUser: boolean, tell: (isEnclosed: boolean) => void): T;
}

/** The attempt that an enclosure is for. */
export interface EnclosedAttempt {
  /** See `attemptKey`. */
  key: string;
  attempt: number;
}

/** Creates the enclosures of a worker's attempts, on the thread that spawns. */
export interface Encloser {
  enclose(attempt: EnclosedAttempt): Enclosure;
  /** The reaper has ended. */
  stop?(): void;
}

/** Plain data, chosen by the reaper, from which the spawning thread creates its {@link Encloser}. */
export type EncloserData =
  | {
      kind: 'cgroup';
      mark: WorkerMark;
      /** The worker's directory, with one below it for each attempt. */
      directory: string;
      /** Whether processes are born in a cgroup; otherwise each moves itself there and waits for the kernel. */
      atBirth: boolean;
    }
  | { kind: 'subreaper'; mark: WorkerMark };
