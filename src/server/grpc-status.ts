/** The gRPC status codes that matter here; as numbers, so that gRPC need not be imported. */
export const GRPC_STATUS = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** Whether there was no answer: the server or the network is down. Any other error is an answer. */
export function isUnreachable(error: unknown): boolean {
  const status = grpcStatus(error);
  const { CANCELLED, DEADLINE_EXCEEDED, UNAVAILABLE } = GRPC_STATUS; // CANCELLED is how the SDK's client reports a deadline
  return status === CANCELLED || status === DEADLINE_EXCEEDED || status === UNAVAILABLE;
}

/** The gRPC status code of an error, even if the SDK has wrapped it; undefined for any other error. */
export function grpcStatus(error: unknown): number | undefined {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (typeof code === 'number') return code;
  if (typeof code === 'string') return undefined; // already explained, or not from gRPC
  return cause === undefined ? undefined : grpcStatus(cause);
}

/** The server's own words, without gRPC's prefix. */
export function grpcDetails(error: unknown): string {
  const { details, cause, message } = (error ?? {}) as { details?: unknown; cause?: unknown; message?: unknown };
  if (typeof details === 'string' && details !== '') return details;
  if (cause !== undefined) return grpcDetails(cause);
  return typeof message === 'string' ? message : String(error);
}
