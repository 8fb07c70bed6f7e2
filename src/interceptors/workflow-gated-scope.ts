import { CancelledFailure } from '@temporalio/common';
import { CancellationScope } from '@temporalio/workflow';

type Reaction = (reason: unknown) => unknown;

/** One for all: the SDK has a hook on every promise that a workflow makes. */
const never = new Promise<never>(() => undefined);

/** Reactions to a cancel run when we say so, in the same microtask. */
class HeldCancel {
  readonly reactions: Reaction[] = [];

  /** What the SDK calls to hear of a cancel. */
  catch(reaction: Reaction): Promise<never> {
    this.reactions.push(reaction);
    return never;
  }

  run(reason: unknown): void {
    for (const reaction of this.reactions) reaction(reason);
  }
}

/**
 * A scope that no cancel reaches, made before the workflow begins. A plain `nonCancellable` one does not do: in histories
 * older than an SDK flag it passes a cancel on to the scopes in it.
 */
export class ShieldScope extends CancellationScope {
  constructor() {
    super({ cancellable: false });
    Object.defineProperty(this, 'reject', { value: () => undefined });
  }
}

/**
 * A scope for one activity that a cancel of its parent does not reach: {@link open} lets it through. Unlike a nested scope it
 * adds no microtask to the activity's result nor to its cancel, so that commands keep their order and old histories replay.
 */
export class GatedScope extends CancellationScope {
  private readonly held = new HeldCancel();
  private readonly letThrough: (error: Error) => void;

  /**
   * @param parent where the SDK would hear of a cancel: it is asked here, when the SDK would, so that commands keep their order
   * @param onCancel hears of it instead
   */
  constructor(parent: CancellationScope, onCancel: () => void) {
    super({ cancellable: true, parent });
    this.letThrough = this.reject;
    Object.defineProperty(this, 'reject', { value: onCancel });
    Object.defineProperty(this, 'cancelRequested', { value: this.held });
  }

  /** Whether anything in it waits for its cancel, as the SDK does for an activity that it has scheduled. */
  get isAwaited(): boolean {
    return this.held.reactions.length > 0;
  }

  /** Hands on the very promise of `fn`, where the SDK's own adds microtasks. */
  protected override runInContext<T>(fn: () => Promise<T>): Promise<T> {
    return fn();
  }

  /** Lets the cancel through, once: a second cancel command for one activity is an error to the server. */
  open(): void {
    if (this.consideredCancelled) return;
    const failure = new CancelledFailure('Cancellation scope cancelled');
    this.letThrough(failure);
    this.held.run(failure);
  }
}
