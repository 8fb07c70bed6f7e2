import type { Escalation } from '../../../src/contract/escalation';
import type { ContainmentLevel, KillReport } from '../../../src/contract/kill-report';

/** How a host is started: its only argument, as JSON. */
export interface HostFixture {
  level: 'auto' | ContainmentLevel;
  form: 'inline' | 'thread';
  hostId: string;
  escalation: Escalation;
  ownSession?: boolean;
  /** Default: they are left. */
  leftovers?: 'leave' | 'warn';
  /** Libraries of others wrap `child_process` before us and after us. */
  isWrapped?: boolean;
  /** Folder of another copy of this package. */
  copy?: string;
}

/** Way to start a program; the last two block the host until the program has ended. */
export type HostRoute = 'spawn' | 'exec' | 'execFile' | 'fork' | 'execa' | 'spawnSync' | 'execSync';

export interface HostProgram {
  command: string;
  args: string[];
  /** Added to the host's environment. */
  env?: Record<string, string>;
  /** Instead of the host's environment. */
  wholeEnv?: Record<string, string>;
  cwd?: string;
}

/** Commands, by name: what is given and what comes back. */
export interface HostCommands {
  /** Begins an attempt; `activity` names its activity. */
  open: { given: { attempt: string; activity?: string; number?: number }; result: void };
  /** Starts a program in an attempt; `untracked`: outside of its tracking. */
  start: {
    given: { attempt: string; program: HostProgram; route?: HostRoute; untracked?: boolean };
    result: { pid?: number };
  };
  /** Starts a program on a thread of the user's own; `tracked`: in an attempt of a second worker, which runs on that thread. */
  startOnThread: { given: { program: HostProgram; tracked: boolean }; result: void };
  /** Starts a program in an attempt of the worker of the other copy. */
  startInCopy: { given: { program: HostProgram }; result: void };
  /** Kills it and reports, as a request over the host's task queue does. */
  kill: { given: { attempt: string }; result: KillReport };
  /** The same for many at once. */
  killMany: { given: { attempts: string[] }; result: KillReport[] };
  /** Kills its attempts before `number`, as its successor's fence does. */
  fence: { given: { activity: string; number: number }; result: void };
  /** Cancels it, as Temporal does. */
  cancel: { given: { attempt: string }; result: string };
  /** Lets its function end in this way; returns what the attempt ended as. */
  close: { given: { attempt: string; how: 'returns' | 'throws' }; result: string };
  /** Its living processes; in form `inline` only. */
  list: { given: { attempt: string }; result: number[] };
  /** Number of its roots and groups in the ledger; in form `inline` only. */
  known: { given: { attempt: string }; result: { roots: number; groups: number } };
  /** How the children that it has started have ended: `7`, `SIGKILL`; without those that live. */
  exits: { given: object; result: Record<number, string> };
  sweep: { given: object; result: void };
  /** The longest time in ms that its main loop did not turn, since it was last asked. */
  lag: { given: object; result: number };
  /** What its reaper has logged. */
  logged: { given: object; result: string[] };
}

export type CommandName = keyof HostCommands;

/** Harness to host. */
export type ToHost = {
  [Name in CommandName]: { id: number; name: Name; given: HostCommands[Name]['given'] };
}[CommandName];

/** Host to harness. */
export type FromHost =
  | { type: 'ready'; node: string }
  | { type: 'unavailable'; code?: string; message: string }
  | { type: 'reply'; id: number; result?: unknown; error?: string; code?: string };
