import type { Logger } from '@temporalio/common';
import type { Worker } from '@temporalio/worker';

/**
 * Keeps the log lines of one of our own Workers out of the user's log, except for errors. Inline, the Worker writes to the
 * logger of the user's Runtime and warns about what it lacks, such as workflows. The SDK has no option for a Worker's
 * logger.
 */
export function quietWorker(worker: Worker): void {
  const internals = worker as unknown as { logger: Logger };
  const { logger } = internals;
  const nothing = (): void => undefined;
  internals.logger = {
    log: (level, message, meta) => void (level === 'ERROR' && logger.log(level, message, meta)),
    trace: nothing,
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (message, meta) => void logger.error(message, meta),
  };
}
