import { parentPort } from 'node:worker_threads';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

/** Entry point of the thread that bundles the cancellation workflows and then ends. */
async function main(): Promise<void> {
  const workflowsPath = require.resolve('../../workflows');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  parentPort?.postMessage(code);
}

void main(); // an exception becomes the thread's error
