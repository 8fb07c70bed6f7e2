import type { EventEmitter } from 'node:events';
import type { ReaperClient } from '../client';
import type { ServerFacts } from '../client/examine';
import type { ExitCode } from './exit-codes';
import type { ConnectionFlags } from './options/connection';

/** A client and its connection. */
export interface ConnectedClient {
  reaper: Pick<
    ReaperClient,
    | 'cancelActivity'
    | 'cancelWorkflow'
    | 'previewCancel'
    | 'selectWorkflows'
    | 'terminateWorkflow'
    | 'killAll'
    | 'listProcesses'
    | 'listHosts'
    | 'startCommand'
    | 'followCommand'
  >;
  namespace: string;
  /** Gathers the facts that `doctor` judges. */
  examine(): Promise<ServerFacts>;
  close(): Promise<void>;
}

/** On a terminal, it emits `resize`. */
export type TerminalOutput = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };
export type TerminalInput = NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };

/** Everything the command line uses from outside; tests substitute their own. */
export interface CliContext {
  stdin: TerminalInput;
  stdout: TerminalOutput;
  stderr: TerminalOutput;
  env: Record<string, string | undefined>;
  /** Emits `SIGINT`, `SIGTERM`, `SIGHUP` and `exit`. */
  signals: EventEmitter;
  connect(flags: ConnectionFlags): Promise<ConnectedClient>;
  /** Ends the process at once, although a request is under way: its retries would break on a closed connection. */
  leave(code: ExitCode): void;
}
