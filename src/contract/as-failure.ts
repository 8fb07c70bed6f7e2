import { ApplicationFailure } from '@temporalio/common';
import { ReaperError } from './errors';

/** Turns our errors into failures whose type is the code. They are not retried: the same input would fail again. */
export async function asFailure<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ReaperError) throw ApplicationFailure.nonRetryable(error.message, error.code);
    throw error;
  }
}
