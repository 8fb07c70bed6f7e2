import { randomUUID } from 'node:crypto';
import { ReaperError } from '../contract/errors';
import { COMMAND_ACTIVITY_ID } from '../contract/names';
import { callServer } from '../server/call-server';
import { pollersOf } from '../server/pollers';
import { checkKeys, checkObject, checkText } from './check-input';
import { controlUnserved, hasControlPoller } from './control-queue';
import { WHY_UNSERVED, startControlWorkflow } from './control-workflow';
import type { StartCommandOptions } from './requests';
import type { TemporalServer } from './server';

const LIFE_MS = 30 * 86_400_000;

/** A workflow that runs one command. */
export interface StartedCommand {
  workflowId: string;
  runId: string;
  activityId: string;
}

/** @throws ReaperError `TASK_QUEUE_UNSERVED` */
async function assertServed(server: TemporalServer, taskQueue: string): Promise<void> {
  const { connection, namespace } = server;
  const pollers = await callServer(server, () => pollersOf(connection, namespace, taskQueue, 'activity'));
  if (pollers.length > 0) return;
  throw new ReaperError(
    'TASK_QUEUE_UNSERVED',
    `No worker polls task queue "${taskQueue}" of namespace "${namespace}" for activities: check its name, or start one`,
  );
}

/** Starts a workflow on the control task queue that runs a command on another one. */
export async function startCommand(server: TemporalServer, options: StartCommandOptions): Promise<StartedCommand> {
  checkKeys('startCommand', options, ['taskQueue', 'command']);
  const taskQueue = checkText('taskQueue', options.taskQueue);
  // Its fields are checked by the worker, whose version knows them.
  checkObject('command', options.command);
  if (!(await hasControlPoller(server))) throw controlUnserved({ kind: 'unserved', why: WHY_UNSERVED });
  await assertServed(server, taskQueue);
  const { command } = options;
  const workflowId = `temporal-reaper/run-command/${randomUUID()}`;
  const runId = await startControlWorkflow(server, {
    type: 'runCommand',
    workflowId,
    argument: { taskQueue, command },
    // Never its arguments, which may hold secrets.
    summary: `run ${command.file ?? 'a script'} on ${taskQueue}`,
    details: `Asked by ${server.identity}, with temporal-reaper.`,
    executionTimeoutMs: LIFE_MS,
  });
  return { workflowId, runId, activityId: COMMAND_ACTIVITY_ID };
}
