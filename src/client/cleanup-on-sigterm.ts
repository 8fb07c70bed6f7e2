import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CancelOutcome } from '../contract/outcomes';
import type { ReaperClient } from './reaper-client';

/** The longest time the cleanup may take. */
const CLEANUP_MS = 35_000;

/** How `cleanupOnSigterm` works. */
export interface CleanupOptions {
  /** Default: only SIGTERM. */
  signals?: ('SIGTERM' | 'SIGINT' | 'SIGHUP')[];
  /** Called with each workflow's outcome, or with the error if its cancel failed. Default: ignored. */
  onDone?: (workflowId: string, result: CancelOutcome | Error) => void;
}

/**
 * For a program that must not leave the workflows it starts behind. On SIGTERM it cancels them and kills their processes,
 * within 35 s. Then it runs the handlers installed before, or exits with 128 + the signal number if there are none.
 * Further signals during the cleanup are ignored. Returns a function that uninstalls the handler.
 *
 * @param handles the workflows, for instance handles of the SDK
 */
export function cleanupOnSigterm(
  reaper: Pick<ReaperClient, 'cancelWorkflow'>,
  handles: Iterable<{ workflowId: string }>,
  { signals = ['SIGTERM'], onDone = () => undefined }: CleanupOptions = {},
): () => void {
  // Replace the existing handlers: one that exits at once would cut the cleanup short.
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
      process.emitWarning(`onDone of cleanupOnSigterm threw: ${String(error)}`); // clean up the other workflows all the same
    }
  });
  const late = new AbortController();
  const limit = sleep(CLEANUP_MS, undefined, { signal: late.signal }).catch(() => undefined); // aborted: all are done
  await Promise.race([Promise.all(all), limit]);
  late.abort();
}
