/** gRPC's status codes that have a meaning here; numbers, so that gRPC stays out of the imports. */
export const GRPC_STATUS = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** Whether nobody has answered: the server is away, or the network. Any other error is an answer. */
export function isUnreachable(error: unknown): boolean {
  const status = grpcStatus(error);
  const { CANCELLED, DEADLINE_EXCEEDED, UNAVAILABLE } = GRPC_STATUS; // the first is what the SDK's client makes of its own deadline
  return status === CANCELLED || status === DEADLINE_EXCEEDED || status === UNAVAILABLE;
}

/** The gRPC status code of an error, also of one that the SDK has wrapped; undefined when it is none. */
export function grpcStatus(error: unknown): number | undefined {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (typeof code === 'number') return code;
  if (typeof code === 'string') return undefined; // explained already, or not gRPC's
  return cause === undefined ? undefined : grpcStatus(cause);
}

/** The server's own words, without gRPC's prefix. */
export function grpcDetails(error: unknown): string {
  const { details, cause, message } = (error ?? {}) as { details?: unknown; cause?: unknown; message?: unknown };
  if (typeof details === 'string' && details !== '') return details;
  if (cause !== undefined) return grpcDetails(cause);
  return typeof message === 'string' ? message : String(error);
}
