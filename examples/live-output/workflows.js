import {
  ActivityCancellationType,
  allHandlersFinished,
  CancellationScope,
  condition,
  defaultPayloadConverter,
  defineQuery,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import { decodePayloadWire, WorkflowStream } from '@temporalio/workflow-streams/workflow';

const { runCommand } = proxyActivities({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30s',
  // Ends when the last output is sent; the default does not wait for that.
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { maximumAttempts: 1 }, // the output of another attempt would follow in the same stream
});

/** The next pieces of the output, also of a workflow that has ended, whose stream nobody can read. */
export const outputFrom = defineQuery('outputFrom');

/** Each piece has up to 64 KiB of output, and an answer must be below 4 MB. */
const PIECES = 8;

export async function runTests(count) {
  const stream = new WorkflowStream(); // before any await, so that no output comes too early
  const textOf = (data) => defaultPayloadConverter.fromPayload(decodePayloadWire(data));
  setHandler(outputFrom, (offset) => {
    const items = stream.getState().log.slice(offset, offset + PIECES);
    return items.map(({ topic, data }) => ({ topic, data: textOf(data) }));
  });
  try {
    await runCommand({ file: 'run-tests', args: [count] });
  } finally {
    stream.detachPollers(); // who waits for output gets what there is
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  }
}
