import type { ConnectionLike } from '@temporalio/client';
import { CALL_DEADLINE_MS } from './call-deadline';

/** What the server says about a namespace. */
export interface NamespaceDescription {
  /** Undefined where the server does not tell it. */
  id: string | undefined;
  /** Whether it pushes commands, such as a cancel, to workers. */
  pushesCommands: boolean;
}

export async function describeNamespace(connection: ConnectionLike, namespace: string): Promise<NamespaceDescription> {
  const { namespaceInfo } = await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
    connection.workflowService.describeNamespace({ namespace }),
  );
  return {
    id: namespaceInfo?.id || undefined,
    pushesCommands: namespaceInfo?.capabilities?.workerCommands === true,
  };
}

/** The server's version; empty where it does not tell it. */
export async function serverVersion(connection: ConnectionLike): Promise<string> {
  const { serverVersion } = await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, () =>
    connection.workflowService.getSystemInfo({}),
  );
  return serverVersion ?? '';
}
