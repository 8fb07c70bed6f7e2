import type {
  AnswerLimit,
  CollectRequest,
  KillEarlierRequest,
  KillRequest,
  KillResult,
  ListResult,
  PrepareRequest,
} from '../contract/host-requests';
import { processExists } from '../process/identity';
import { asFailure, checkedPid } from './check-request';
import { type HostPort, collect, kill, killEarlier, prepare } from './kill';
import { type ListPort, list } from './list';
import type { OpenGates } from './open-gates';

/** Activities of the host and worker task queues, by the names under which workflows call them. */
export interface HostActivities {
  kill: (request: KillRequest) => Promise<KillResult>;
  killEarlier: (request: KillEarlierRequest) => Promise<KillResult>;
  prepare: (request: PrepareRequest) => Promise<void>;
  collect: (request: CollectRequest) => Promise<KillResult>;
  list: (limit: AnswerLimit) => Promise<ListResult>;
  /** Whether no process of this host has that pid: a worker that is still listed as a poller, but gone. */
  isWorkerGone: (workerPid: number) => Promise<boolean>;
}

export function createHostActivities(port: HostPort & ListPort, openGates: OpenGates): HostActivities {
  return {
    kill: (request) => kill(port, openGates, request),
    killEarlier: (request) => killEarlier(port, request),
    prepare: (request) => prepare(port, request),
    collect: (request) => collect(port, request),
    list: (limit) => list(port, limit),
    isWorkerGone: async (workerPid) => !processExists(await asFailure(() => checkedPid(workerPid))),
  };
}
