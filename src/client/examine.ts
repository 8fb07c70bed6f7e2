import type { Client, ConnectionLike } from '@temporalio/client';
import { pollersOf } from '../activities/pollers';
import { ReaperError } from '../contract/errors';
import type { ListOutcome } from '../contract/outcomes';
import {
  CONTROL_TASK_QUEUE,
  type WorkerLocation,
  hostTaskQueue,
  parseIdentity,
  workerTaskQueue,
} from '../contract/task-queues';
import { addressOf, callServer } from './call-server';
import type { ReaperClient } from './reaper-client';

/** Two workers with one task queue: the second question goes to the other one. */
const QUESTIONS = 2;

/** Why a question has no answer. */
export type Problem = Pick<ReaperError, 'code' | 'message'>;

/** What the server says, and what workers answer through it. */
export interface ServerFacts {
  /** Where the connection tells it. */
  address?: string;
  namespace: string;
  version?: string;
  /** Why nothing more could be asked. */
  problem?: Problem;
  /** Whether the server tells workers of cancels by itself. */
  pushes?: boolean;
  /** Identities that poll the control task queue. */
  control?: { workflow: string[]; activity: string[] };
  /** The task queues that workers with a reaper should poll, and how many do. */
  queues?: { taskQueue: string; pollers: number }[];
  /** The workers' answers to one question, asked more than once. */
  lists: ListOutcome[];
  /** Why the workers could not be asked. */
  listProblem?: Problem;
}

/** @throws what is no error of ours */
async function orProblem<T>(work: () => Promise<T>): Promise<{ value: T } | { problem: Problem }> {
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

/** Gathers what there is to say of a namespace and its workers. Changes nothing. */
export async function examine(
  { connection, options: { namespace } }: Client & { connection: ConnectionLike },
  reaper: Pick<ReaperClient, 'listProcesses'>,
): Promise<ServerFacts> {
  const call = <T>(work: () => Promise<T>): Promise<T> => callServer({ connection, namespace }, work);
  const facts: ServerFacts = { namespace, address: addressOf(connection), lists: [] };
  const { workflowService } = connection;

  const asked = await orProblem(async () => {
    facts.version = (await call(() => workflowService.getSystemInfo({}))).serverVersion ?? '';
    const { namespaceInfo } = await call(() => workflowService.describeNamespace({ namespace }));
    facts.pushes = namespaceInfo?.capabilities?.workerCommands === true;
    const pollers = (type: 'workflow' | 'activity'): Promise<string[]> =>
      call(() => pollersOf(connection, namespace, CONTROL_TASK_QUEUE, type));
    facts.control = { workflow: await pollers('workflow'), activity: await pollers('activity') };
  });
  if ('problem' in asked) return { ...facts, problem: asked.problem };

  const listed = await orProblem(() => askWorkers(reaper));
  if ('problem' in listed) facts.listProblem = listed.problem;
  else facts.lists = listed.value;

  // A poller that died is listed for five minutes: those that are known to be gone are in no answer.
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
