import { type Client, type ConnectionLike, WorkflowClient } from '@temporalio/client';

/** What requests need of the caller's Client. */
export interface Server {
  connection: ConnectionLike;
  namespace: string;
  identity: string;
  workflows: WorkflowClient;
}

/**
 * The control workers have the default data converter and nothing else. So requests travel by a WorkflowClient of our
 * own: neither the caller's converter, codec and interceptors nor the connection's plugins touch them.
 */
export function serverOf({ connection, options: { namespace, identity } }: Client): Server {
  return { connection, namespace, identity, workflows: new WorkflowClient({ connection, namespace, identity }) };
}
