import type { ConnectionLike } from '@temporalio/client';
import { ReaperError } from '../contract/errors';
import { GRPC_STATUS, grpcDetails, grpcStatus } from '../contract/grpc-status';

/** One call takes at most this long, its retries included: a stopped server fails it instead of hanging it. */
export const CALL_DEADLINE_MS = 5_000;

interface Endpoint {
  connection: ConnectionLike;
  namespace: string;
}

function isNamespaceMissing(error: unknown): boolean {
  return grpcStatus(error) === GRPC_STATUS.NOT_FOUND && /^namespace\b.*\bnot found/i.test(grpcDetails(error));
}

/** Names the server where the connection tells: ConnectionLike does not promise it. */
export function addressOf(connection: ConnectionLike): string | undefined {
  const { options } = connection as { options?: { address?: unknown } };
  return typeof options?.address === 'string' ? options.address : undefined;
}

/** Our error for what any call may meet: no server, no such namespace. Every other error as it is. */
export function explainServerError(error: unknown, { connection, namespace }: Endpoint): unknown {
  const status = grpcStatus(error);
  if (status === GRPC_STATUS.UNAVAILABLE || status === GRPC_STATUS.DEADLINE_EXCEEDED) {
    // gRPC's words for a deadline tell of its inner life only
    const words = status === GRPC_STATUS.UNAVAILABLE ? ` (${grpcDetails(error)})` : ` within ${CALL_DEADLINE_MS} ms`;
    const address = addressOf(connection);
    return new ReaperError(
      'SERVER_UNREACHABLE',
      `The Temporal server${address === undefined ? '' : ` at ${address}`} does not answer${words}: check the address, TLS and that it runs`,
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
      `The server refuses (${grpcDetails(error)}): check the API key or certificate, and its rights in "${namespace}"`,
      { cause: error },
    );
  }
  return error;
}

/**
 * Calls the server, for at most 5 s.
 *
 * @throws ReaperError `SERVER_UNREACHABLE`, `NAMESPACE_NOT_FOUND`, `PERMISSION_DENIED`; other errors of the server as they are
 */
export async function callServer<T>(endpoint: Endpoint, call: () => Promise<T>): Promise<T> {
  try {
    return await endpoint.connection.withDeadline(Date.now() + CALL_DEADLINE_MS, call);
  } catch (error) {
    throw explainServerError(error, endpoint);
  }
}
