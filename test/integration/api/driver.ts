/**
 * A program that starts workflows and must not leave them behind: `node driver.js <JSON of Driver>`. Prints `ready`, then
 * `<workflowId> <status>` for each outcome.
 */
import { Client, Connection } from '@temporalio/client';
import { ReaperClient, cleanupOnSigterm } from '../../../src/client';

/** What it starts. */
export interface Driver {
  address: string;
  taskQueue: string;
  /** Arguments of a workflow `runAll`, by workflow id. */
  workflows: Record<string, unknown[]>;
  /** Installs a handler before, which prints `previous` and exits with 7. */
  previous?: boolean;
  /** false: without our handler, the negative control. */
  handler?: boolean;
}

async function main({ address, taskQueue, workflows, previous, handler }: Driver): Promise<void> {
  const client = new Client({ connection: await Connection.connect({ address }) });
  const handles = await Promise.all(
    Object.entries(workflows).map(([workflowId, args]) => {
      return client.workflow.start('runAll', { taskQueue, workflowId, args });
    }),
  );
  if (previous) {
    process.on('SIGTERM', (signal) => {
      console.log(`previous ${signal}`);
      process.exit(7);
    });
  }
  if (handler !== false) {
    cleanupOnSigterm(new ReaperClient(client), handles, {
      onDone: (workflowId, result) =>
        console.log(workflowId, result instanceof Error ? String(result) : JSON.stringify(result)),
    });
  }
  setInterval(() => undefined, 1_000);
  console.log('ready');
}

main(JSON.parse(process.argv[2]) as Driver).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
