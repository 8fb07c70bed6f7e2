/** What is used of the SDK's state of the run in this sandbox; it has no public interface. */
interface SdkState {
  /** The promise of each scheduled activity, by sequence number. */
  readonly completions: { readonly activity: ReadonlyMap<number, { reject(error: Error): void }> };
  /** Whether the run's last command is on its way: the SDK then warns of handlers that have not finished. */
  completed: boolean;
}

export function sdkState(): SdkState {
  return (globalThis as unknown as { __TEMPORAL_ACTIVATOR__: SdkState }).__TEMPORAL_ACTIVATOR__;
}
