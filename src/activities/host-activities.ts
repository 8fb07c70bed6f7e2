import type {
  AnswerLimit,
  CollectRequest,
  KillEarlierRequest,
  KillRequest,
  KillResult,
  ListResult,
  PrepareRequest,
} from '../contract/host-requests';
import { processExists } from '../process/table/liveness';
import { asFailure } from '../contract/as-failure';
import { checkedPid } from './check-request';
import { type HostPort, collectReports, killAttempts, killEarlier, setEscalation } from './kill';
import { type ListPort, listAttempts } from './list';
import type { OpenGates } from './open-gates';

/** Activities on the host and worker task queues, by the names that workflows call. */
export interface HostActivities {
  kill: (request: KillRequest) => Promise<KillResult>;
  killEarlier: (request: KillEarlierRequest) => Promise<KillResult>;
  prepare: (request: PrepareRequest) => Promise<void>;
  collect: (request: CollectRequest) => Promise<KillResult>;
  list: (limit: AnswerLimit) => Promise<ListResult>;
  /** Whether no process on this host has that pid, so that a worker still listed as a poller is in fact gone. */
  isWorkerGone: (workerPid: number) => Promise<boolean>;
}

export function createHostActivities(port: HostPort & ListPort, openGates: OpenGates): HostActivities {
  return {
    kill: (request) => killAttempts(port, openGates, request),
    killEarlier: (request) => killEarlier(port, request),
    prepare: (request) => setEscalation(port, request),
    collect: (request) => collectReports(port, request),
    list: (limit) => listAttempts(port, limit),
    isWorkerGone: async (workerPid) => !processExists(await asFailure(() => checkedPid(workerPid))),
  };
}
