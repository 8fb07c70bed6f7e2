import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { ERROR_CODES, type ErrorCode, ReaperError } from '../contract/errors';
import { CONTROL_TASK_QUEUE, CONTROL_TASK_TIMEOUT_MS } from '../contract/task-queues';
import { callServer, explainServerError } from './call-server';
import { hasControlPoller } from './control-queue';
import type { Ended } from './ended';
import { forgetRun } from './forget-run';
import { GRPC_STATUS, grpcDetails, grpcStatus } from '../contract/grpc-status';
import type { Server } from './server';
import { withdraw } from './withdraw';
import { untilUnserved } from './watch-service';

/** A workflow of the control task queue, to be started or joined. */
export interface ControlRequest {
  type: 'cancelActivity' | 'cancelWorkflow' | 'killAll' | 'listProcesses';
  workflowId: string;
  argument: unknown;
  /** One line for the Temporal UI; the server takes 400 bytes. */
  summary: string;
  /** Markdown for the Temporal UI. */
  details: string;
  /** How long the request may live on the server, in ms. */
  executionTimeoutMs: number;
  /** How long to wait for its outcome, in ms. */
  waitMs: number;
  /** It changes nothing, so that its run is deleted once it has answered. Default false. */
  onlyReads?: boolean;
}

const UNSERVED = `No worker serves the control task queue "${CONTROL_TASK_QUEUE}"`;

/** Only the first 100 characters: at most 400 bytes. */
function oneLine(text: string): string {
  return [...text.replace(/\s+/g, ' ')].slice(0, 100).join('');
}

async function start(server: Server, request: ControlRequest): Promise<string> {
  try {
    const { firstExecutionRunId } = await callServer(server, () =>
      server.workflows.start(request.type, {
        taskQueue: CONTROL_TASK_QUEUE,
        workflowId: request.workflowId,
        args: [request.argument],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowExecutionTimeout: request.executionTimeoutMs,
        workflowTaskTimeout: CONTROL_TASK_TIMEOUT_MS,
        staticSummary: oneLine(request.summary),
        staticDetails: request.details,
      }),
    );
    return firstExecutionRunId;
  } catch (error) {
    if (grpcStatus(error) !== GRPC_STATUS.INVALID_ARGUMENT) throw error;
    throw new ReaperError('OPTION_INVALID', `The server refuses the request: ${grpcDetails(error)}`, { cause: error });
  }
}

/** The code with which one of our workflows or activities failed. */
function codeOf(error: unknown): { code: ErrorCode; message: string } | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = cause instanceof ApplicationFailure && ERROR_CODES.find((known) => known === cause.type);
    if (code) return { code, message: cause.message };
  }
  return undefined;
}

function endOf<T>(error: unknown, server: Server, { workflowId, waitMs }: ControlRequest): Ended<T> {
  if (grpcStatus(error) === GRPC_STATUS.DEADLINE_EXCEEDED) {
    return { kind: 'late', why: `No outcome after ${waitMs} ms; workflow "${workflowId}" goes on`, cause: error };
  }
  if (!(error instanceof WorkflowFailedError)) throw explainServerError(error, server);
  const coded = codeOf(error);
  if (coded) throw new ReaperError(coded.code, coded.message, { cause: error });
  const reason = error.cause?.message ?? error.message;
  return { kind: 'broken', why: `Workflow "${workflowId}" ended without an outcome (${reason})`, cause: error };
}

/**
 * Starts a workflow of the control task queue, or joins it when it already runs, and waits for its outcome.
 *
 * @throws ReaperError with the code that the workflow failed with; `OPTION_INVALID`, `SERVER_UNREACHABLE`
 */
export async function runControlWorkflow<T>(server: Server, request: ControlRequest): Promise<Ended<T>> {
  if (!(await hasControlPoller(server))) return { kind: 'unserved', why: UNSERVED };
  const { connection, workflows } = server;
  const { workflowId, waitMs } = request;
  const execution = { workflowId, runId: await start(server, request) };
  const result = async (ms: number): Promise<Ended<T>> => {
    try {
      const outcome = await connection.withDeadline(Date.now() + ms, () =>
        workflows.result<() => Promise<T>>(workflowId, execution.runId),
      );
      return { kind: 'done', outcome };
    } catch (error) {
      return endOf(error, server, request);
    }
  };

  const stop = new AbortController();
  const ended = connection.withAbortSignal(stop.signal, () => result(waitMs));
  const unserved = untilUnserved(server, execution, stop.signal);
  try {
    const first = await Promise.race([ended, unserved]);
    if (first) {
      if (request.onlyReads && first.kind !== 'late') await forgetRun(server, execution);
      return first;
    }
  } finally {
    stop.abort(); // the loser; race has seen to its AbortError
  }
  const why = `${UNSERVED}, although workers are listed as its pollers`;
  if (!(await withdraw(server, execution, why))) return result(waitMs);
  if (request.onlyReads) await forgetRun(server, execution);
  return { kind: 'unserved', why };
}
