import type { Client, ConnectionLike } from '@temporalio/client';
import { describeNamespace, serverVersion } from '../server/describe-namespace';
import { pollersOf } from '../server/pollers';
import { ReaperError } from '../contract/errors';
import type { ListOutcome } from '../contract/outcomes';
import {
  CONTROL_TASK_QUEUE,
  type WorkerLocation,
  hostTaskQueue,
  parseIdentity,
  workerTaskQueue,
} from '../contract/task-queues';
import { addressOf, callServer } from '../server/call-server';
import type { ReaperClient } from './reaper-client';

/** When two workers share a task queue, the second question reaches the other worker. */
const QUESTIONS = 2;

/** Why a question could not be answered. */
export type ServerProblem = Pick<ReaperError, 'code' | 'message'>;

/** What the server reports, and what workers answer through it. */
export interface ServerFacts {
  /** Undefined when the connection does not reveal it. */
  address?: string;
  namespace: string;
  version?: string;
  /** The problem that stopped the examination. */
  problem?: ServerProblem;
  /** Whether the server pushes cancels to workers. */
  pushes?: boolean;
  /** Identities that poll the control task queue. */
  control?: { workflow: string[]; activity: string[] };
  /** The task queues that workers with a reaper should poll, with the number of their pollers. */
  queues?: { taskQueue: string; pollers: number }[];
  /** The workers' answers to the same question, asked several times. */
  lists: ListOutcome[];
  /** Why the workers could not be asked. */
  listProblem?: ServerProblem;
}

/** @throws any error that is not a ReaperError */
async function orProblem<T>(work: () => Promise<T>): Promise<{ value: T } | { problem: ServerProblem }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof ReaperError)) throw error;
    return { problem: { code: error.code, message: error.message } };
  }
}

async function askWorkers(reaper: Pick<ReaperClient, 'listProcesses'>): Promise<ListOutcome[]> {
  const lists: ListOutcome[] = [];
  for (let asked = 0; asked < QUESTIONS; asked++) {
    const list = await reaper.listProcesses();
    lists.push(list);
    if (list.hosts.some(({ status }) => status !== 'answered')) break;
  }
  return lists;
}

function queuesOf(workers: WorkerLocation[]): string[] {
  const queues = workers.flatMap((worker) => [hostTaskQueue(worker.hostId), workerTaskQueue(worker)]);
  return [...new Set(queues)].sort();
}

/** Gathers facts about a namespace and its workers. Changes nothing. */
export async function examineServer(
  { connection, options: { namespace } }: Client & { connection: ConnectionLike },
  reaper: Pick<ReaperClient, 'listProcesses'>,
): Promise<ServerFacts> {
  const call = <T>(work: () => Promise<T>): Promise<T> => callServer({ connection, namespace }, work);
  const facts: ServerFacts = { namespace, address: addressOf(connection), lists: [] };

  const asked = await orProblem(async () => {
    facts.version = await call(() => serverVersion(connection));
    facts.pushes = (await call(() => describeNamespace(connection, namespace))).pushesCommands;
    const pollers = (type: 'workflow' | 'activity'): Promise<string[]> =>
      call(() => pollersOf(connection, namespace, CONTROL_TASK_QUEUE, type));
    facts.control = { workflow: await pollers('workflow'), activity: await pollers('activity') };
  });
  if ('problem' in asked) return { ...facts, problem: asked.problem };

  const listed = await orProblem(() => askWorkers(reaper));
  if ('problem' in listed) facts.listProblem = listed.problem;
  else facts.lists = listed.value;

  // Temporal lists a dead poller for five minutes. The answers omit workers known to be gone, so prefer them.
  const polling = facts.control?.activity.flatMap((identity) => parseIdentity(identity) ?? []) ?? [];
  const workers = facts.listProblem ? polling : (facts.lists[0]?.hosts ?? []);
  const queues = await orProblem(() =>
    Promise.all(
      queuesOf(workers).map(async (taskQueue) => {
        const pollers = await call(() => pollersOf(connection, namespace, taskQueue, 'activity'));
        return { taskQueue, pollers: pollers.length };
      }),
    ),
  );
  return 'problem' in queues ? { ...facts, problem: queues.problem } : { ...facts, queues: queues.value };
}
