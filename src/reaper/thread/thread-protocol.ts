import type { ContainmentLevel, KillReport } from '../../contract/kill-report';
import type { EncloserData } from '../../process/containment/enclosure';
import type { ReaperCommand, ReaperLog, ReaperNotice, ReaperRequest } from '../../tracking/reaper-protocol';
import type { ProcessConfig, ReaperConfig, ReaperConnectionOptions } from '../config';

/** The data that the thread is started with. */
export interface ThreadData {
  config: ProcessConfig;
}

/** The data that one of its reapers is started with. */
export interface ReaperData {
  config: ReaperConfig;
  connection: ReaperConnectionOptions;
}

/** Messages to one reaper; an `ask` gets a reply with the same `id`. */
export type ToReaper =
  | ({ type: 'serve' } & ReaperData)
  | { type: 'tell'; command: ReaperCommand }
  | { type: 'ask'; request: ReaperRequest; id: number }
  | { type: 'credentials'; apiKey?: string; metadata?: Record<string, string> }
  /** The reaper kills what it still has and ends. */
  | { type: 'leave' };

/** Main thread to reaper thread; `reaper` is a number that the main thread gives it. */
export type ToThread =
  | (ToReaper & { reaper: number })
  /** An activity begins, or the worker has started. */
  | { type: 'begin' }
  /** Answered at once. */
  | { type: 'ping' }
  | { type: 'stop' };

/** What the thread has opened, sent when it is ready. */
export interface ReadyReaper {
  level: ContainmentLevel;
  encloserData?: EncloserData;
}

/** Messages from one reaper. */
export type FromReaper =
  | { type: 'notice'; notice: ReaperNotice }
  | { type: 'log'; line: Parameters<ReaperLog> }
  | { type: 'reply'; id: number; value?: KillReport; error?: string }
  /** The reaper has ended. */
  | { type: 'left' };

/** Reaper thread to main thread. */
export type FromThread =
  /** The level is open. */
  | ({ type: 'ready' } & ReadyReaper)
  /** Activities may begin: the guardian, if there is one, has started. */
  | { type: 'guarded' }
  | { type: 'pong' }
  /** The SDK is loaded. */
  | { type: 'loaded' }
  | (FromReaper & { reaper: number })
  | { type: 'failed'; code?: string; message: string };
