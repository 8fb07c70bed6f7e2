import type { ConnectionLike } from '@temporalio/client';
import { GRPC_STATUS } from '../../../../src/server/grpc-status';
import { RunWatch } from '../../../../src/reaper/watch/run-watch';
import { PollBudget } from '../../../../src/reaper/watch/poll-budget';
import { AttemptLedger } from '../../../../src/tracking/ledger';
import type { LedgerEntry } from '../../../../src/tracking/ledger-entry';
import { waitUntil } from '../../../helpers/wait-until';

interface Poll {
  runId: string;
  /** It waits for all events from the end of the history on, not for the close alone. */
  isTail: boolean;
  answer: (eventTypes: number[]) => void;
  fail: (code: number) => void;
}

const [ACTIVITY_CANCEL_REQUESTED, SIGNALED, TERMINATED] = [15, 26, 27];
const TOKEN = Buffer.from('where it ends');

/** A server: its polls wait until the test answers them, except those that only ask where the history ends. */
class FakeServer {
  readonly open = new Set<Poll>();
  /** Most polls that were open at once. */
  most = 0;
  placed = 0;
  described = 0;
  readonly closed = new Set<string>();
  readonly cancelled = new Set<string>();
  readonly paused = new Set<string>();
  private deadline = 0;

  readonly connection = {
    withDeadline: (deadline: number, ask: () => unknown) => {
      this.deadline = deadline;
      return ask();
    },
    workflowService: {
      getWorkflowExecutionHistory: ({ execution: { runId }, nextPageToken }: PollRequest) =>
        this.poll(runId, nextPageToken !== undefined),
      describeWorkflowExecution: async ({ execution: { runId } }: PollRequest) => {
        this.described++;
        return {
          workflowExecutionInfo: { status: this.closed.has(runId) ? 4 : 1 },
          pendingActivities: [{ activityId: 'a', attempt: 1, state: this.stateOf(runId) }],
        };
      },
    },
  } as unknown as ConnectionLike;

  /** The open poll of that run, once there is one. */
  async pollOf(runId: string, isTail = true): Promise<Poll> {
    const find = (): Poll | undefined => [...this.open].find((poll) => poll.runId === runId && poll.isTail === isTail);
    await waitUntil(`${runId} is polled`, () => find() !== undefined);
    return find()!;
  }

  private stateOf(runId: string): number {
    if (this.paused.has(runId)) return 4;
    return this.cancelled.has(runId) ? 3 : 2;
  }

  private poll(runId: string, isTail: boolean): Promise<unknown> {
    const answer = (types: number[]): object => {
      const isOver = types.includes(TERMINATED);
      return { history: { events: types.map((eventType) => ({ eventType })) }, nextPageToken: isOver ? '' : TOKEN };
    };
    if (!isTail && this.deadline <= Date.now() + 1_000) {
      this.placed++;
      return Promise.resolve(answer([]));
    }
    return new Promise((resolve, reject) => {
      const poll: Poll = {
        runId,
        isTail,
        answer: (types) => this.open.delete(poll) && resolve(answer(types)),
        fail: (code) => this.open.delete(poll) && reject(Object.assign(new Error('it fails'), { code })),
      };
      this.open.add(poll);
      this.most = Math.max(this.most, this.open.size);
    });
  }
}

interface PollRequest {
  execution: { runId: string };
  nextPageToken?: Uint8Array;
}

let server: FakeServer;
let watch: RunWatch;
let ledger: AttemptLedger;
let over: string[];
let idleOver: string[];
beforeEach(() => {
  server = new FakeServer();
  ledger = new AttemptLedger(process.pid);
  [over, idleOver] = [[], []];
});
afterEach(() => watch.stop());

/** Watches an attempt of each run. */
function start(
  runIds: string[],
  { budget = new PollBudget(), intervalMs = 3_600_000, everyActivity = false } = {},
): void {
  const onOver = (entry: LedgerEntry): void => {
    over.push(entry.token);
    ledger.delete(entry.token);
  };
  const fail = (error: unknown): never => {
    throw error;
  };
  const onIdleOver = ({ token }: LedgerEntry): void => void idleOver.push(token);
  const events = { onOver, onIdleOver, onSilence: fail, onError: fail };
  watch = new RunWatch(server.connection, ledger, events, everyActivity, budget);
  for (const runId of runIds) open(runId);
  watch.start(intervalMs);
}

function open(runId: string, isLive = true, token = runId): LedgerEntry {
  const attempt = { namespace: 'n', workflowId: 'w', runId, activityId: 'a', attempt: 1 };
  const entry = ledger.open({ token, attempt, heartbeatTimeoutMs: 0, door: new SharedArrayBuffer(8) } as never);
  if (isLive) entry.take({ type: 'markerHandedOut', token });
  return entry;
}

test('a poll for each run, shared by its attempts, tells of its close at once', async () => {
  start(['r1', 'r2']);
  open('r1', true, 'another of r1');
  const poll = await server.pollOf('r1');
  await server.pollOf('r2');
  expect(server.open.size).toBe(2);
  const { described } = server;
  poll.answer([TERMINATED]);
  await waitUntil('both attempts of r1 are over', () => over.length === 2);
  expect(over.sort()).toEqual(['another of r1', 'r1']);
  expect(server.described).toBe(described); // the event says all
});

test('what an event only hints at is asked for, other events are not', async () => {
  start(['r1']);
  const { described } = server;
  (await server.pollOf('r1')).answer([SIGNALED]);
  (await server.pollOf('r1')).answer([ACTIVITY_CANCEL_REQUESTED]); // of somebody else
  await waitUntil('it has asked', () => server.described > described);
  const poll = await server.pollOf('r1');
  expect(over).toEqual([]);
  server.cancelled.add('r1');
  poll.answer([ACTIVITY_CANCEL_REQUESTED]);
  await waitUntil('it is over', () => over.length === 1);
});

test('a run with many events is polled for its close alone, and looked at', async () => {
  start(['r1'], { intervalMs: 100 });
  for (let event = 0; event < 9; event++) (await server.pollOf('r1')).answer([SIGNALED]);
  const poll = await server.pollOf('r1', false);
  const { described } = server;
  await waitUntil('it is looked at', () => server.described > described + 3);
  expect([...server.open]).toEqual([poll]);
  poll.answer([TERMINATED]);
  await waitUntil('it is over', () => over.length === 1);
});

test('no more polls than the budget; runs without one are looked at, and not longer than they lack it', async () => {
  const runs = ['r1', 'r2', 'r3', 'r4', 'r5'];
  start(runs, { budget: new PollBudget(2), intervalMs: 100 });
  await waitUntil('two are polled', () => server.open.size === 2);
  const unpolled = runs.filter((run) => ![...server.open].some(({ runId }) => runId === run));
  for (const run of unpolled) server.closed.add(run);
  await waitUntil('those without a poll are over by a look', () => over.length === 3);
  expect(over.sort()).toEqual(unpolled);
  expect(server.most).toBe(2);
});

test('a server that refuses a poll gets fewer, later, and is told of no error', async () => {
  const budget = new PollBudget(4);
  start(['r1'], { budget });
  (await server.pollOf('r1')).fail(GRPC_STATUS.RESOURCE_EXHAUSTED);
  const failedAt = Date.now();
  await server.pollOf('r1', false);
  expect(Date.now() - failedAt).toBeGreaterThan(500);
});

test('an attempt without processes is told once that it is over; a pause is no end', async () => {
  server.paused.add('r1');
  start([], { everyActivity: true });
  watch.note(open('r1', false));
  const poll = await server.pollOf('r1');
  expect(server.described).toBe(1);
  expect(idleOver).toEqual([]);
  poll.answer([TERMINATED]);
  await waitUntil('it is told', () => idleOver.length === 1);
  expect(server.open.size).toBe(0);
  expect(over).toEqual([]);
});

test('negative control: without the switch it is not watched', async () => {
  start(['r1']);
  watch.note(open('r2', false));
  await server.pollOf('r1');
  expect([...server.open].map(({ runId }) => runId)).toEqual(['r1']);
  expect(server.placed).toBe(1);
});
