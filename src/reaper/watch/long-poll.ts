/**
 * What a long poll has brought. `closed`: the run is; `news`: something that a description of it tells better, or may have
 * before the poll began; `nothing`: it ended without any.
 */
export type News = 'closed' | 'news' | 'nothing';

/** Asks the server to answer when something happens. */
export interface LongPoll {
  /** Whether its last answer covers all that has happened, and the next one begins there. */
  readonly isUpToDate: boolean;
  /** @param holdMs how long the server may wait for something to happen; 20 s at most on its side */
  next(holdMs: number): Promise<News>;
  /** Begins anew: an answer may be lost. */
  reset(): void;
}

/** A server answers a long poll, without any news, this long before the call's deadline. */
export const SERVER_BUFFER_MS = 1_000;
