import type { ListOutcome } from '../../contract/outcomes';

/** What a display may do to the watch that feeds it. */
export interface WatchControls {
  quit(): void;
  /** While paused, nothing is asked, and an answer on its way is not shown. */
  pause(isPaused: boolean): void;
}

/** Shows one list after the other. */
export interface WatchDisplay {
  open(controls: WatchControls): void;
  show(outcome: ListOutcome): void;
  /** A refresh failed; the next may succeed. */
  fail(error: unknown): void;
  /** Undoes `open`. */
  close(): void;
}
