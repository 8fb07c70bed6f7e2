import { CancelledFailure } from '@temporalio/common';
import { CancellationScope } from '@temporalio/workflow';

type Reaction = (reason: unknown) => unknown;

/** Shared, because the SDK hooks every promise that a workflow creates. */
const never = new Promise<never>(() => undefined);

/** Collects reactions to a cancel and runs them on demand, in the same microtask. */
class HeldCancel {
  readonly reactions: Reaction[] = [];

  /** The SDK calls this to subscribe to the cancel. */
  catch(reaction: Reaction): Promise<never> {
    this.reactions.push(reaction);
    return never;
  }

  run(reason: unknown): void {
    for (const reaction of this.reactions) reaction(reason);
  }
}

/**
 * A scope that no cancel reaches, created before the workflow begins. A plain `nonCancellable` scope will not do: in
 * histories older than an SDK flag it passes cancels on to its child scopes.
 */
export class ShieldScope extends CancellationScope {
  constructor() {
    super({ cancellable: false });
    Object.defineProperty(this, 'reject', { value: () => undefined });
  }
}

/**
 * A scope for one activity. A cancel of its parent does not reach it until {@link open} lets the cancel through. Unlike a
 * nested scope, it adds no microtask to the activity's result or cancel, so commands keep their order and old histories
 * replay.
 */
export class GatedScope extends CancellationScope {
  private readonly held = new HeldCancel();
  private readonly letThrough: (error: Error) => void;

  /**
   * @param parent the scope that the SDK would subscribe to; we subscribe at the same point, so commands keep their order
   * @param onCancel called instead of the SDK when the parent is cancelled
   */
  constructor(parent: CancellationScope, onCancel: () => void) {
    super({ cancellable: true, parent });
    this.letThrough = this.reject;
    Object.defineProperty(this, 'reject', { value: onCancel });
    Object.defineProperty(this, 'cancelRequested', { value: this.held });
  }

  /** Whether something has subscribed to the cancel, as the SDK does for an activity that it has scheduled. */
  get isAwaited(): boolean {
    return this.held.reactions.length > 0;
  }

  /** Returns the promise of `fn` itself; the SDK's implementation adds microtasks. */
  protected override runInContext<T>(fn: () => Promise<T>): Promise<T> {
    return fn();
  }

  /** Lets the cancel through, only once: the server rejects a second cancel command for one activity. */
  open(): void {
    if (this.consideredCancelled) return;
    const failure = new CancelledFailure('Cancellation scope cancelled');
    this.letThrough(failure);
    this.held.run(failure);
  }
}
