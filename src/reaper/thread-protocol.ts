import type { ContainmentLevel, KillReport } from '../contract/kill-report';
import type { EncloserData } from '../process/containment/enclosure';
import type { ReaperLink, ReaperNotices } from '../tracking/link';
import type { ProcessConfig, ReaperConfig, ReaperConnectionOptions } from './config';

type Call<T, Name extends keyof T = keyof T> = {
  [K in Name]: T[K] extends (...args: infer Args) => unknown ? { name: K; args: Args } : never;
}[Name];

/** A call of {@link ReaperLink} as data. */
export type ReaperCall = Call<ReaperLink>;

/** What the thread is started with. */
export interface ThreadData {
  config: ProcessConfig;
}

/** What one of its reapers is started with. */
export interface ReaperData {
  config: ReaperConfig;
  connection: ReaperConnectionOptions;
}

/** What to say to one reaper; `id` asks for a reply. */
export type ToReaper =
  | ({ type: 'serve' } & ReaperData)
  | { type: 'call'; call: ReaperCall; id?: number }
  | { type: 'credentials'; apiKey?: string; metadata?: Record<string, string> }
  /** Kills what it still has, and ends. */
  | { type: 'leave' };

/** Main thread to reaper thread; `reaper` is a number that the main thread gives it. */
export type ToThread = (ToReaper & { reaper: number }) | { type: 'stop' };

/** What a thread that is ready has opened. */
export interface ReadyReaper {
  level: ContainmentLevel;
  encloserData?: EncloserData;
}

/** What one reaper says. */
export type FromReaper =
  | { type: 'notice'; notice: Call<ReaperNotices> }
  | { type: 'reply'; id: number; value?: KillReport; error?: string }
  /** It has ended. */
  | { type: 'left' };

/** Reaper thread to main thread. */
export type FromThread =
  /** Its level is open. */
  | ({ type: 'ready' } & ReadyReaper)
  /** It listens from now on. */
  | { type: 'loaded' }
  | (FromReaper & { reaper: number })
  | { type: 'failed'; code?: string; message: string };
