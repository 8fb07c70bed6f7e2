/** What the examples of README and docs take for granted. */
import type { History } from '@temporalio/common/lib/proto-utils';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { ReaperClient } from 'temporal-reaper/client';

declare global {
  const address: string;
  const taskQueue: string;
  const workflowsPath: string;
  const activities: Record<string, () => Promise<void>>;
  const nativeConnection: NativeConnection;
  const history: History;
  const client: Client;
  const args: string[];
  const queue: { add<T>(work: () => T): Promise<T> };
  const handles: WorkflowHandle[];
  const reaper: ReaperClient;
  const pid: number;
  const pty: { pid: number };
  function startContainer(options: { env: Record<string, string> }): Promise<string>;
  function stopContainer(id: string): Promise<void>;
}
