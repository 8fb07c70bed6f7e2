import { parentPort } from 'node:worker_threads';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

/** Entry of the thread that bundles the cancellation workflows, and ends. */
async function main(): Promise<void> {
  const workflowsPath = require.resolve('../workflows');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  parentPort?.postMessage(code);
}

void main(); // what it throws is the thread's error
