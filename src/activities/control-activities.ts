import type { ConnectionLike } from '@temporalio/client';
import type {
  AwaitCancelledRequest,
  AwaitCancelledResult,
  LocateRequest,
  LocateResult,
  LocatedWorker,
  RequestCancelRequest,
} from '../contract/control-requests';
import { awaitCancelled } from './await-cancelled';
import { locateAttempts } from '../server/locate';
import { locateWorkers } from '../server/pollers';
import { requestCancel } from '../server/request-cancel';

/** Activities on the control task queue, by the names that workflows call. */
export interface ControlActivities {
  locate: (request: LocateRequest) => Promise<LocateResult>;
  locateWorkers: () => Promise<LocatedWorker[]>;
  requestCancel: (request: RequestCancelRequest) => Promise<void>;
  awaitCancelled: (request: AwaitCancelledRequest) => Promise<AwaitCancelledResult>;
}

export function createControlActivities(
  connection: ConnectionLike,
  namespace: string,
  identity: string,
): ControlActivities {
  return {
    locate: (request) => locateAttempts(connection, namespace, request),
    locateWorkers: () => locateWorkers(connection, namespace),
    requestCancel: (request) => requestCancel(connection, namespace, identity, request),
    awaitCancelled: (request) => awaitCancelled(connection, namespace, request),
  };
}
