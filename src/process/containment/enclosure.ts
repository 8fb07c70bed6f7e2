import type { WorkerMark } from '../marker';
import type { Trampolines } from './cgroup/trampoline';

/** A program and its arguments, as `execvp` gets them. */
export interface Command {
  file: string;
  /** The first is argv[0]. */
  args: string[];
}

/** A program that is about to be started, and what else decides how it is found and as whom it runs. */
export interface Start extends Command {
  /** The directory it starts in; undefined: ours. */
  cwd?: string | null;
  /** Its whole environment, as `NAME=value`. */
  env: readonly string[];
  uid?: number | null;
  gid?: number | null;
  /** It was given to a synchronous call: the thread is blocked until it is dead. */
  isSync: boolean;
}

/** Plain data by which a reaper, a guardian or a sweep finds an enclosure again. */
export interface EnclosureRef {
  /** Its directory in the cgroup file system. */
  cgroup?: string;
  /** The number that its processes inherit. */
  tag?: number;
}

/**
 * What is done on the spawning thread, beyond the marker, so that the kernel itself remembers whose a process is. One
 * per attempt, made at its first spawn.
 */
export interface Enclosure {
  readonly ref: EnclosureRef;
  /**
   * Runs `call` with the command to start instead of the given one. Never refuses: what cannot be enclosed runs as
   * given, and `call` is told so. Throws only what `call` throws.
   *
   * @param call `isEnclosed`: all was done to enclose it; whether it is inside is for the reaper to see
   * @param hasStarted reads from the result whether there is, or was, a process; of an asynchronous spawn its pid
   */
  spawn<T>(
    start: Start,
    call: (command: Command, isEnclosed: boolean) => T,
    hasStarted: (result: T) => number | boolean,
  ): T;
  /** A process that was spawned asynchronously has exited, and Node has taken its exit code. */
  exited?(pid: number): void;
}

/** The attempt that an enclosure is for. */
export interface EnclosedAttempt {
  /** See `attemptKey`. */
  key: string;
  attempt: number;
}

/** Makes the enclosures of a worker's attempts, on the thread that spawns. */
export interface Encloser {
  enclose(attempt: EnclosedAttempt): Enclosure;
  /** Around what that thread starts on behalf of no attempt; undefined: nothing is done there. */
  readonly outside?: Outside;
  /** Its reaper has ended. */
  stop?(): void;
}

/** What is done around a spawn of no attempt: it is never killed, but may leave orphans. */
export interface Outside {
  /** @param pidOf reads the pid of an asynchronous spawn afterwards */
  spawn<T>(call: () => T, pidOf: () => number | undefined): T;
  /** Runs a synchronous call. */
  callSync<T>(call: () => T): T;
  /** See {@link Enclosure.exited}. */
  exited(pid: number): void;
}

/** Plain data from which the spawning thread makes its {@link Encloser}; the reaper has decided on it. */
export type EncloserData =
  | {
      kind: 'cgroup';
      mark: WorkerMark;
      /** The worker's directory, with one below it for each attempt. */
      directory: string;
      trampolines: Trampolines;
    }
  | {
      kind: 'subreaper';
      mark: WorkerMark;
      /** Whether the process had been a subreaper before, for reasons of its own. */
      wasSubreaper: boolean;
    };
