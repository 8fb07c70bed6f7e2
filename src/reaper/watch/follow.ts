import type { LedgerEntry } from '../../tracking/ledger';
import type { Questions } from '../questions';

/** How long a killed attempt's cancel is looked for, as long as the attempt is held open. */
export const FOLLOW_MS = 10_000;

/** Waits until Temporal is done with a killed attempt; false when it is not within {@link FOLLOW_MS}, or not wanted any more. */
export async function follow(
  questions: Questions,
  entry: LedgerEntry,
  isWanted: () => boolean,
  onError: (error: unknown) => void,
): Promise<boolean> {
  const deadline = Date.now() + FOLLOW_MS;
  for (let pauseMs = 2; isWanted() && Date.now() < deadline; pauseMs = Math.min(pauseMs * 1.5, 200)) {
    try {
      if ((await questions.ask(entry))(entry).over) return true;
    } catch (error) {
      onError(error);
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return false;
}
