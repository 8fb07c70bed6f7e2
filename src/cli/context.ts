import type { EventEmitter } from 'node:events';
import type { ReaperClient } from '../client';
import type { ServerFacts } from '../client/examine';
import type { ConnectionFlags } from './options/connection';

/** A client, and what it is connected to. */
export interface Connected {
  reaper: Pick<
    ReaperClient,
    'cancelActivity' | 'cancelWorkflow' | 'terminateWorkflow' | 'killAll' | 'listProcesses' | 'listHosts'
  >;
  namespace: string;
  /** Gathers what `doctor` judges. */
  examine(): Promise<ServerFacts>;
  close(): Promise<void>;
}

export type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };
export type Input = NodeJS.ReadableStream & { isTTY?: boolean };

/** What the command line touches; tests put their own in place. */
export interface CliContext {
  stdin: Input;
  stdout: Output;
  stderr: Output;
  env: Record<string, string | undefined>;
  /** Emits `SIGINT`. */
  signals: EventEmitter;
  connect(flags: ConnectionFlags): Connected;
}
