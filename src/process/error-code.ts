/** The `code` of an operating system error. Does not test the class: errors of another realm have a different one. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? (error as NodeJS.ErrnoException).code : undefined;
}
