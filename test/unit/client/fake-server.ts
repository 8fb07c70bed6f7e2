import type { Client, ConnectionLike } from '@temporalio/client';
import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';

export type Call = { method: string; request: Record<string, unknown> };
type Answer = (request: Record<string, unknown>) => unknown;

export const RUN_ID = '0197c0de-0000-7000-8000-000000000001';
const OWN_RUN_ID = '0197c0de-0000-7000-8000-00000000000f';

/** As gRPC fails. */
export function grpcError(code: number, details: string): Error {
  return Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: { get: () => [] } });
}

/** A close event of our own workflow, as `getWorkflowExecutionHistory` answers. */
export const closedWith = {
  result: (value: unknown): unknown => ({
    history: {
      events: [
        {
          workflowExecutionCompletedEventAttributes: {
            result: { payloads: [defaultPayloadConverter.toPayload(value)] },
          },
        },
      ],
    },
  }),
  failure: (error: Error): unknown => ({
    history: {
      events: [
        {
          workflowExecutionFailedEventAttributes: {
            failure: defaultFailureConverter.errorToFailure(error, defaultPayloadConverter),
          },
        },
      ],
    },
  }),
  termination: (reason: string): unknown => ({
    history: { events: [{ workflowExecutionTerminatedEventAttributes: { reason } }] },
  }),
};

/** A server with one open run "order-42", that workers on the hosts a, b and host-a poll; `answers` overrides it call by call. */
export function fakeServer(answers: Record<string, Answer> = {}): {
  client: Client;
  calls: Call[];
  methods: () => string[];
} {
  const calls: Call[] = [];
  const defaults: Record<string, Answer> = {
    describeWorkflowExecution: () => ({
      workflowExecutionInfo: { status: 1, execution: { workflowId: 'order-42', runId: RUN_ID } },
      pendingActivities: [{ activityId: 'build' }],
    }),
    describeTaskQueue: () => ({ pollers: ['host-a', 'a', 'b'].map((hostId) => ({ identity: `1@${hostId}` })) }),
    startWorkflowExecution: () => ({ runId: OWN_RUN_ID }),
    requestCancelWorkflowExecution: () => ({}),
    terminateWorkflowExecution: () => ({}),
    deleteWorkflowExecution: () => ({}),
    listWorkers: () => ({}),
  };
  const workflowService = new Proxy(
    {},
    {
      get: (_target, method: string) => async (request: Record<string, unknown>) => {
        calls.push({ method, request });
        const answer = answers[method] ?? defaults[method];
        if (!answer) throw new Error(`The fake server does not know ${method}`);
        return answer(request);
      },
    },
  );
  const run = <T>(_context: unknown, fn: () => Promise<T>): Promise<T> => fn();
  const connection = {
    workflowService,
    plugins: [],
    options: { address: 'fake:7233' },
    withDeadline: run,
    withAbortSignal: run,
    withMetadata: run,
  };
  const client = {
    connection: connection as unknown as ConnectionLike,
    options: { namespace: 'shop', identity: 'tester' },
  } as unknown as Client;
  return { client, calls, methods: () => calls.map(({ method }) => method) };
}
