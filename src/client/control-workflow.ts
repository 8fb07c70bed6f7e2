import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, SearchAttributeType, defineSearchAttributeKey } from '@temporalio/common';
import { ERROR_CODES, type ErrorCode, ReaperError } from '../contract/errors';
import { CONTROL_TASK_QUEUE, CONTROL_TASK_TIMEOUT_MS } from '../contract/task-queues';
import { callServer, explainServerError } from '../server/call-server';
import { hasControlPoller } from './control-queue';
import type { RequestEnd } from './ended';
import { forgetRun } from './forget-run';
import { GRPC_STATUS, grpcDetails, grpcStatus } from '../server/grpc-status';
import type { TemporalServer } from './server';
import { withdrawRequest } from './withdraw';
import { untilUnserved } from './watch-service';

/** A workflow on the control task queue to start, or to join if it already runs. */
export interface ControlRequest {
  type: 'cancelActivity' | 'cancelWorkflow' | 'killAll' | 'listProcesses' | 'runCommand';
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
  /** A request that changes nothing. Its run is hidden from workflow lists and deleted after the answer. Default false. */
  onlyReads?: boolean;
}

export const WHY_UNSERVED = `No worker serves the control task queue "${CONTROL_TASK_QUEUE}"`;

/** The first 100 characters, which are at most 400 bytes. */
function oneLine(text: string): string {
  return [...text.replace(/\s+/g, ' ')].slice(0, 100).join('');
}

/**
 * Lists and counts omit runs with a namespace division unless the query asks for it: `TemporalNamespaceDivision =
 * 'temporal-reaper'`. Temporal hides its own schedule runs this way.
 */
const HIDDEN = {
  key: defineSearchAttributeKey('TemporalNamespaceDivision', SearchAttributeType.KEYWORD),
  value: 'temporal-reaper',
};

/** Starts a workflow on the control task queue, or joins it; returns its run id. */
export async function startControlWorkflow(
  server: TemporalServer,
  request: Omit<ControlRequest, 'waitMs'>,
  hidden = request.onlyReads === true,
): Promise<string> {
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
        typedSearchAttributes: hidden ? [HIDDEN] : undefined,
      }),
    );
    return firstExecutionRunId;
  } catch (error) {
    if (grpcStatus(error) !== GRPC_STATUS.INVALID_ARGUMENT) throw error;
    if (hidden) return startControlWorkflow(server, request, false); // this server does not allow the attribute
    throw new ReaperError('OPTION_INVALID', `The server refuses the request: ${grpcDetails(error)}`, { cause: error });
  }
}

/** The error code that one of our workflows or activities failed with. */
function codeOf(error: unknown): { code: ErrorCode; message: string } | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = cause instanceof ApplicationFailure && ERROR_CODES.find((known) => known === cause.type);
    if (code) return { code, message: cause.message };
  }
  return undefined;
}

function endOf<T>(error: unknown, server: TemporalServer, { workflowId, waitMs }: ControlRequest): RequestEnd<T> {
  if (grpcStatus(error) === GRPC_STATUS.DEADLINE_EXCEEDED) {
    return {
      kind: 'late',
      why: `No outcome after ${waitMs} ms; workflow "${workflowId}" is still running`,
      cause: error,
    };
  }
  if (!(error instanceof WorkflowFailedError)) throw explainServerError(error, server);
  const coded = codeOf(error);
  if (coded) throw new ReaperError(coded.code, coded.message, { cause: error });
  const reason = error.cause?.message ?? error.message;
  return { kind: 'broken', why: `Workflow "${workflowId}" ended without an outcome (${reason})`, cause: error };
}

/**
 * Starts a workflow on the control task queue, or joins it if it already runs, and waits for its outcome.
 *
 * @throws ReaperError with the code that the workflow failed with; `OPTION_INVALID`, `SERVER_UNREACHABLE`
 */
export async function runControlWorkflow<T>(server: TemporalServer, request: ControlRequest): Promise<RequestEnd<T>> {
  if (!(await hasControlPoller(server))) return { kind: 'unserved', why: WHY_UNSERVED };
  const { connection, workflows } = server;
  const { workflowId, waitMs } = request;
  const execution = { workflowId, runId: await startControlWorkflow(server, request) };
  const result = async (ms: number): Promise<RequestEnd<T>> => {
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
    stop.abort(); // stop the loser; the race swallows its AbortError
  }
  const why = `${WHY_UNSERVED}, although workers are listed as its pollers`;
  if (!(await withdrawRequest(server, execution, why))) return result(waitMs);
  if (request.onlyReads) await forgetRun(server, execution);
  return { kind: 'unserved', why };
}
