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
import { locate } from './locate';
import { locateWorkers } from './pollers';
import { requestCancel } from './request-cancel';

/** Activities of the control task queue, by the names under which workflows call them. */
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
    locate: (request) => locate(connection, namespace, request),
    locateWorkers: () => locateWorkers(connection, namespace),
    requestCancel: (request) => requestCancel(connection, namespace, identity, request),
    awaitCancelled: (request) => awaitCancelled(connection, namespace, request),
  };
}
