import type { EventEmitter } from 'node:events';
import type { ReaperClient } from '../client';
import type { ServerFacts } from '../client/examine';
import type { ConnectionFlags } from './options/connection';

/** A client and its connection. */
export interface ConnectedClient {
  reaper: Pick<
    ReaperClient,
    | 'cancelActivity'
    | 'cancelWorkflow'
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

export type TerminalOutput = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
export type TerminalInput = NodeJS.ReadableStream & { isTTY?: boolean };

/** Everything the command line uses from outside; tests substitute their own. */
export interface CliContext {
  stdin: TerminalInput;
  stdout: TerminalOutput;
  stderr: TerminalOutput;
  env: Record<string, string | undefined>;
  /** Emits `SIGINT`, `SIGTERM` and `SIGHUP`. */
  signals: EventEmitter;
  connect(flags: ConnectionFlags): Promise<ConnectedClient>;
}
