/** The command line, or the configuration it names, cannot be used: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
