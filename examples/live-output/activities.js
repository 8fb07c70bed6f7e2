import { StringDecoder } from 'node:string_decoder';
import { log } from '@temporalio/activity';
import { WorkflowStreamClient } from '@temporalio/workflow-streams/client';
import { commandActivity } from 'temporal-reaper/activities';

/** The command waits for Temporal after so much output: a batch must fit into one signal. */
const BATCH_BYTES = 65_536;
/** More than people read, and than a workflow should keep in its history. */
const SHOWN_BYTES = 1_000_000;

/** `runCommand`, with its output in the stream of the workflow as it comes. */
export async function runCommand(command) {
  const stream = WorkflowStreamClient.fromWithinActivity({ batchInterval: '200ms' });
  const decoders = { stdout: new StringDecoder(), stderr: new StringDecoder() };
  let bytes = 0;
  let sentBytes = 0;
  const run = commandActivity({
    allows: ['run-tests'],
    async onOutput(chunk, from) {
      if (bytes > SHOWN_BYTES) return;
      bytes += chunk.length;
      const text = decoders[from].write(chunk); // a piece may end within a character
      stream.topic(from).publish(bytes > SHOWN_BYTES ? '\n[more output is not shown]\n' : text);
      if (bytes - sentBytes < BATCH_BYTES) return;
      sentBytes = bytes;
      await stream.flush();
    },
  });
  try {
    return await run(command);
  } finally {
    // Sends the rest. If it cannot, that must not hide how the command has ended.
    await stream[Symbol.asyncDispose]().catch((error) => log.warn('Output is lost', { error }));
  }
}
