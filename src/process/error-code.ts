/** The `code` of an operating system error; the class cannot be tested, as errors of another realm have another one. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? (error as NodeJS.ErrnoException).code : undefined;
}
