import type { FirstSignal } from './escalation';

/** A command for `runCommand`. Exactly one of `file` and `script` is given. */
export interface CommandRequest {
  /** The program: a path, or a name that is looked up in PATH. No shell is involved. */
  file?: string;
  /** A script for `/bin/sh`, which sees `args` as `$1`, `$2` and so on. */
  script?: string;
  args?: string[];
  /** Default: the worker's. */
  cwd?: string;
  /** The worker's variables that the command inherits. Default: all. */
  inheritEnv?: string[];
  /** Added to what it inherits. */
  env?: Record<string, string>;
  /**
   * Names of secrets: each becomes a variable of that name, with a value that the worker looks up. Its exact value is `***`
   * in everything that is kept or passed on of the command's output.
   */
  secrets?: string[];
  /** Written to the command's standard input, which is otherwise empty. */
  input?: string;
  /** Files for the whole outputs, absolute or in `cwd`, emptied at the start of each attempt; both may be the same. */
  stdoutFile?: string;
  stderrFile?: string;
  /** How long it may run, in ms, 1 to 2,147,483,647. Then it is killed, with all that it has started. Default: no limit. */
  timeoutMs?: number;
  /** First signal of a kill of this attempt. Default: the worker's. */
  killSignal?: FirstSignal;
  /** Time from that signal to SIGKILL, in ms, 0 to 3,600,000. Default: the worker's. */
  graceMs?: number;
  /** A regular expression. The latest match in the output, or its first group, is the `progress` of the heartbeats. */
  progress?: string;
  /** Exit codes that count as success, 0 to 255. Default: 0 alone. */
  okExitCodes?: number[];
  /**
   * How much of the end of standard output, and of standard error, to keep: bytes of the JSON text that travels to Temporal.
   * Default 65,536; 0 to 900,000, so that both fit into a payload.
   */
  keepBytes?: number;
}

/** The result of a command. */
export interface CommandResult {
  /** -1 if it did not start, or a signal ended it. */
  exitCode: number;
  /** The signal that ended it; undefined if it exited by itself. */
  signal?: string;
  /** The end of the output, at most `keepBytes`, decoded as UTF-8. */
  stdout: string;
  /** The end of the output, at most `keepBytes`, decoded as UTF-8. */
  stderr: string;
  /** How many bytes of standard output there were. */
  stdoutBytes: number;
  stderrBytes: number;
  /** Whether the beginning of `stdout` or of `stderr` is missing. */
  truncated: boolean;
  /** Milliseconds. */
  durationMs: number;
  /**
   * Processor time, in ms, as a shell's `time` counts it: of the command, from its fork, and of every process that its parent has
   * waited for. So it misses what was left in the background, and often the children of a command that was killed. Known at
   * the levels `cgroup` and `subreaper`. Undefined without the plugin, at other levels unless the worker reaps orphans there, if
   * the command did not start, and if it could not be killed.
   */
  cpuMs?: number;
  /**
   * The largest resident memory that any one of these processes has had, in bytes; not the sum of several. Undefined like `cpuMs`,
   * and if it is not at least 8 MiB more than the memory that the command's process had between fork and exec, as a copy of
   * the worker, about as much as the worker's heap: the kernel does not tell the two apart.
   */
  peakMemoryBytes?: number;
}

/** The heartbeat details of a running command: the end of its output so far. */
export interface CommandProgress {
  /** Whose output it is: Temporal keeps the details of the attempt before until there are new ones. */
  attempt: number;
  /** At most 4,096 bytes, as JSON text. */
  stdout: string;
  /** At most 4,096 bytes, as JSON text. */
  stderr: string;
  /** How many bytes of standard output there have been; from two heartbeats a reader knows whether it has missed some. */
  stdoutBytes: number;
  stderrBytes: number;
  /** The latest match of the request's pattern; undefined until there is one. */
  progress?: string;
}
