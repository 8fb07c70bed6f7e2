import type { ConnectionLike } from '@temporalio/client';
import { ReaperError } from '../contract/errors';
import { GRPC_STATUS, grpcDetails, grpcStatus } from './grpc-status';
import { CALL_DEADLINE_MS } from './call-deadline';

interface Endpoint {
  connection: ConnectionLike;
  namespace: string;
}

function isNamespaceMissing(error: unknown): boolean {
  return grpcStatus(error) === GRPC_STATUS.NOT_FOUND && /^namespace\b.*\bnot found/i.test(grpcDetails(error));
}

/** The server's address if the connection has one: the type ConnectionLike does not promise it. */
export function addressOf(connection: ConnectionLike): string | undefined {
  const { options } = connection as { options?: { address?: unknown } };
  return typeof options?.address === 'string' ? options.address : undefined;
}

/** Our error for failures that any call may meet: no server, no such namespace, no permission. Returns others unchanged. */
export function explainServerError(error: unknown, { connection, namespace }: Endpoint): unknown {
  const status = grpcStatus(error);
  if (status === GRPC_STATUS.UNAVAILABLE || status === GRPC_STATUS.DEADLINE_EXCEEDED) {
    // gRPC's message for a deadline describes only its own internals.
    const words = status === GRPC_STATUS.UNAVAILABLE ? ` (${grpcDetails(error)})` : ` within ${CALL_DEADLINE_MS} ms`;
    const address = addressOf(connection);
    return new ReaperError(
      'SERVER_UNREACHABLE',
      `The Temporal server${address === undefined ? '' : ` at ${address}`} does not answer${words}: check the address, TLS and whether it is running`,
      { cause: error },
    );
  }
  if (isNamespaceMissing(error)) {
    return new ReaperError(
      'NAMESPACE_NOT_FOUND',
      `The server has no namespace "${namespace}": check the spelling, or create it`,
      { cause: error },
    );
  }
  if (status === GRPC_STATUS.PERMISSION_DENIED || status === GRPC_STATUS.UNAUTHENTICATED) {
    return new ReaperError(
      'PERMISSION_DENIED',
      `The server refuses the call (${grpcDetails(error)}): check the API key or certificate, and its permissions in "${namespace}"`,
      { cause: error },
    );
  }
  return error;
}

/**
 * Calls the server, for at most 5 s.
 *
 * @throws ReaperError `SERVER_UNREACHABLE`, `NAMESPACE_NOT_FOUND`, `PERMISSION_DENIED`; other server errors unchanged
 */
export async function callServer<T>(endpoint: Endpoint, call: () => Promise<T>): Promise<T> {
  try {
    return await endpoint.connection.withDeadline(Date.now() + CALL_DEADLINE_MS, call);
  } catch (error) {
    throw explainServerError(error, endpoint);
  }
}
