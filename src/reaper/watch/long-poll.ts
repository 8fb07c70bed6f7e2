/**
 * The result of a long poll. `closed`: the run is closed; `news`: something happened, now or perhaps before the poll began,
 * that a description of the run shows better; `nothing`: the poll ended without news.
 */
export type PollNews = 'closed' | 'news' | 'nothing';

/** Asks the server to answer when something happens. */
export interface LongPoll {
  /** Whether its last answer covers everything so far, and the next poll continues from there. */
  readonly isUpToDate: boolean;
  /** @param holdMs how long the server may wait for something to happen; 20 s at most on its side */
  next(holdMs: number): Promise<PollNews>;
  /** Starts over: an answer may have been lost. */
  reset(): void;
}

/** Without news, a server answers a long poll this long before the call's deadline. */
export const SERVER_BUFFER_MS = 1_000;
