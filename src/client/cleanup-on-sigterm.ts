import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CancelOutcome } from '../contract/outcomes';
import type { ReaperClient } from './reaper-client';

/** What the cleanup may take at most. */
const CLEANUP_MS = 35_000;

export interface CleanupOptions {
  /** Default SIGTERM alone. */
  signals?: ('SIGTERM' | 'SIGINT' | 'SIGHUP')[];
  /** Called with what became of it; a failure comes as the error. Default: nothing is said. */
  onDone?: (workflowId: string, result: CancelOutcome | Error) => void;
}

/**
 * For a program that starts workflows and should not leave them behind: on SIGTERM it cancels them, kills their processes,
 * within 35 s, and then lets the handlers run that were there before; without any it exits with 128 + the signal's number.
 * Returns a function that takes it back. A second signal while it works does nothing more.
 *
 * @param handles the workflows, for instance the SDK's handles
 */
export function cleanupOnSigterm(
  reaper: Pick<ReaperClient, 'cancelWorkflow'>,
  handles: Iterable<{ workflowId: string }>,
  { signals = ['SIGTERM'], onDone = () => undefined }: CleanupOptions = {},
): () => void {
  // Taken over, not joined: a handler that exits at once would cut the cleanup off.
  const previous = new Map(signals.map((signal) => [signal, process.listeners(signal)]));
  let begun = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (begun) return;
    begun = true;
    void cleanUp(reaper, handles, onDone).then(() => {
      const handlers = previous.get(signal as 'SIGTERM') ?? [];
      if (handlers.length === 0) process.exit(128 + constants.signals[signal]);
      restore();
      for (const handler of handlers) handler(signal);
    });
  };
  for (const signal of signals) {
    process.removeAllListeners(signal);
    process.on(signal, onSignal);
  }
  const restore = (): void => {
    for (const [signal, handlers] of previous) {
      process.off(signal, onSignal);
      for (const handler of handlers) process.on(signal, handler);
    }
  };
  return restore;
}

async function cleanUp(
  reaper: Pick<ReaperClient, 'cancelWorkflow'>,
  handles: Iterable<{ workflowId: string }>,
  onDone: NonNullable<CleanupOptions['onDone']>,
): Promise<void> {
  const all = [...handles].map(async ({ workflowId }) => {
    const reason = 'the program that started it was told to end';
    const result = await reaper.cancelWorkflow({ workflowId, reason }).catch((error: unknown) => error as Error);
    try {
      onDone(workflowId, result);
    } catch (error) {
      process.emitWarning(`onDone of cleanupOnSigterm threw: ${String(error)}`); // the others are cleaned up all the same
    }
  });
  const late = new AbortController();
  const limit = sleep(CLEANUP_MS, undefined, { signal: late.signal }).catch(() => undefined); // aborted: all are done
  await Promise.race([Promise.all(all), limit]);
  late.abort();
}
