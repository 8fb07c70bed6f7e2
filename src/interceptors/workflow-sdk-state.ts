import type { ConcludeActivationInput } from '@temporalio/workflow';

/** What is used of the SDK's state of the run in this sandbox; it has no public interface. */
interface SdkState {
  /** The ends of each scheduled activity's promise, local ones too, by sequence number. */
  readonly completions: {
    readonly activity: ReadonlyMap<number, { reject: (error: Error) => void }>;
  };
  /** What `condition` waits for. */
  readonly blockedConditions: Map<number, { fn: () => boolean; resolve: () => void }>;
  /** What the next activity is scheduled with, local ones too. */
  readonly nextSeqs: { activity: number };
  /** Collected for the end of the activation. */
  readonly commands: ConcludeActivationInput['commands'];
  /** Whether the run's last command is on its way: the SDK then warns of handlers that have not finished. */
  completed: boolean;
}

export function sdkState(): SdkState {
  return (globalThis as unknown as { __TEMPORAL_ACTIVATOR__: SdkState }).__TEMPORAL_ACTIVATOR__;
}
