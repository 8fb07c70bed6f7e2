import type { ConnectionLike } from '@temporalio/client';
import { GRPC_STATUS } from '../../../../src/server/grpc-status';
import { RunWatch, type WatchEvents } from '../../../../src/reaper/watch/run-watch';
import { PollBudget } from '../../../../src/reaper/watch/poll-budget';
import { AttemptLedger } from '../../../../src/tracking/ledger';
import { waitUntil } from '../../../helpers/wait-until';

/** Runs whose question fails with this gRPC status; the others go on. */
const failing = new Map<string, number>();
let looks = 0;

let hasPolls = false;

const connection = {
  withDeadline: (_: number, ask: () => unknown) => ask(),
  workflowService: {
    getWorkflowExecutionHistory: async ({ nextPageToken }: { nextPageToken?: Uint8Array }) => {
      if (!hasPolls) throw Object.assign(new Error('no more polls'), { code: GRPC_STATUS.RESOURCE_EXHAUSTED });
      return nextPageToken
        ? new Promise(() => undefined)
        : { history: { events: [] }, nextPageToken: Buffer.from('1') };
    },
    describeWorkflowExecution: async ({ execution }: { execution: { runId: string } }) => {
      looks++;
      const code = failing.get(execution.runId);
      if (code !== undefined) throw Object.assign(new Error('it fails'), { code });
      return {
        workflowExecutionInfo: { status: 1 },
        pendingActivities: [{ activityId: 'a', attempt: 1, state: 2 }],
      };
    },
  },
} as unknown as ConnectionLike;

let watch: RunWatch;
afterEach(() => watch.stop());

/** Watches an attempt of each run, with a heartbeat timeout of 200 ms; returns those that were found silent. */
function watchAll(...runIds: string[]): { silent: string[] } {
  failing.clear();
  looks = 0;
  const ledger = new AttemptLedger(process.pid);
  for (const runId of runIds) {
    const attempt = { namespace: 'n', workflowId: 'w', runId, activityId: 'a', attempt: 1 };
    const opened = { token: runId, attempt, heartbeatTimeoutMs: 200, door: new SharedArrayBuffer(12) };
    ledger.open(opened as never).take({ type: 'markerHandedOut', token: runId });
  }
  const silent = new Set<string>();
  const events: WatchEvents = {
    onOver: (entry) => fail(`${entry.token} is not over`),
    onIdleOver: (entry) => fail(`${entry.token} is not over`),
    onSilence: ({ token }) => void silent.add(token),
    onError: () => undefined,
  };
  watch = new RunWatch(connection, ledger, events, false, new PollBudget());
  watch.start(20);
  return {
    get silent() {
      return [...silent].sort();
    },
  };
}

function fail(message: string): never {
  throw new Error(message);
}

describe.each([
  ['without polls', false],
  ['with a poll for each run', true],
])('%s', (_how, polls) => {
  beforeEach(() => (hasPolls = polls));

  test.each([
    ['UNAVAILABLE', GRPC_STATUS.UNAVAILABLE],
    ['a deadline', GRPC_STATUS.DEADLINE_EXCEEDED],
    ['a deadline as the native client says it', GRPC_STATUS.CANCELLED],
  ])('nobody answers, by %s: all are over after their heartbeat timeout', async (_what, code) => {
    const seen = watchAll('r1', 'r2');
    for (const runId of ['r1', 'r2']) failing.set(runId, code);
    await waitUntil('both are found silent', () => seen.silent.join() === 'r1,r2');
  });

  test('one run that does not answer blinds it for no other, and is no sign of being cut off', async () => {
    const seen = watchAll('r1', 'r2');
    failing.set('r1', GRPC_STATUS.UNAVAILABLE);
    await waitUntil('it has looked for several timeouts', () => looks > (hasPolls ? 20 : 80));
    expect(seen.silent).toEqual([]);
  });

  test('an error is an answer too', async () => {
    const seen = watchAll('r1');
    failing.set('r1', GRPC_STATUS.PERMISSION_DENIED);
    await waitUntil('it has looked for several timeouts', () => looks > (hasPolls ? 10 : 40));
    expect(seen.silent).toEqual([]);
  });
});
