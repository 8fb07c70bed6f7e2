import type { ContainmentLevel, KillReport } from '../contract/kill-report';
import type { EncloserData } from '../process/containment/enclosure';
import type { ReaperLink, ReaperNotices } from '../tracking/link';
import type { ReaperConfig, ReaperConnectionOptions } from './config';

type Call<T, Name extends keyof T = keyof T> = {
  [K in Name]: T[K] extends (...args: infer Args) => unknown ? { name: K; args: Args } : never;
}[Name];

/** A call of {@link ReaperLink} as data. */
export type ReaperCall = Call<ReaperLink>;

/** What the thread is started with. */
export interface ThreadData {
  config: ReaperConfig;
  connection: ReaperConnectionOptions;
}

/** Main thread to reaper thread; `id` asks for a reply. */
export type ToThread =
  | { type: 'call'; call: ReaperCall; id?: number }
  | { type: 'credentials'; apiKey?: string; metadata?: Record<string, string> }
  | { type: 'stop' };

/** What a thread that is ready has opened. */
export interface ReadyReaper {
  level: ContainmentLevel;
  encloserData?: EncloserData;
}

/** Reaper thread to main thread. */
export type FromThread =
  /** Tracks and kills from now on. */
  | ({ type: 'ready' } & ReadyReaper)
  /** Its task queues are polled from now on. */
  | { type: 'serving' }
  | { type: 'notice'; notice: Call<ReaperNotices> }
  | { type: 'reply'; id: number; value?: KillReport; error?: string }
  | { type: 'failed'; code?: string; message: string };
