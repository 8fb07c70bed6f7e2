import { type Client, type ConnectionLike, WorkflowClient } from '@temporalio/client';

/** The parts of the caller's Client that requests need. */
export interface TemporalServer {
  connection: ConnectionLike;
  namespace: string;
  identity: string;
  workflows: WorkflowClient;
}

/**
 * The control workers have only the default data converter. So requests use our own WorkflowClient, which neither the
 * caller's converter, codec and interceptors nor the connection's plugins touch.
 */
export function serverOf({ connection, options: { namespace, identity } }: Client): TemporalServer {
  return { connection, namespace, identity, workflows: new WorkflowClient({ connection, namespace, identity }) };
}
