import type { SelectedWorkflow } from '../client';
import type { CliContext } from './context';
import { EXIT_CODE, type ExitCode, exitCodeOfError } from './exit-codes';
import { runInterruptible } from './interrupt';
import { mapBounded } from './map-bounded';
import { errorDocument } from './report-error';
import type { SelectedEnd } from './render/selected';

/** A cancel waits most of the time; this many at once spare the server and the hosts. */
const AT_ONCE = 8;

/** SIGHUP also says that the reader of our output is gone. */
const STOPS = ['SIGINT', 'SIGHUP'] as const;

const GOES_ON = 'No other workflow is begun; what has begun goes on on the server.';

/** What to do for each workflow. */
export interface EachWork<T> {
  ask: (workflow: SelectedWorkflow) => Promise<T>;
  exitCodeOf: (value: T) => ExitCode;
  /** Called as soon as one has ended. */
  onEnd: (end: SelectedEnd<T>) => void;
}

async function endOf<T>(workflow: SelectedWorkflow, { ask, exitCodeOf }: EachWork<T>): Promise<SelectedEnd<T>> {
  try {
    const outcome = await ask(workflow);
    return { ...workflow, exitCode: exitCodeOf(outcome), outcome };
  } catch (error) {
    return { ...workflow, exitCode: exitCodeOfError(error), ...errorDocument(error) };
  }
}

/**
 * Does the work for each workflow, a few at once; one that fails does not stop the others. None is begun any more after the
 * first Ctrl-C, or when the terminal or the reader of our output is gone.
 */
export async function forEachSelected<T>(
  context: CliContext,
  selected: SelectedWorkflow[],
  work: EachWork<T>,
): Promise<SelectedEnd<T>[]> {
  let isStopped = false;
  const stop = (): void => void (isStopped = true);
  for (const signal of STOPS) context.signals.on(signal, stop);
  const each = async (workflow: SelectedWorkflow): Promise<SelectedEnd<T>> => {
    const end = isStopped ? { ...workflow, exitCode: EXIT_CODE.interrupted } : await endOf(workflow, work);
    work.onEnd(end);
    return end;
  };
  try {
    return await runInterruptible(context, GOES_ON, mapBounded(selected, AT_ONCE, each));
  } finally {
    for (const signal of STOPS) context.signals.off(signal, stop);
  }
}
