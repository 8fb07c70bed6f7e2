import { CancellationScope } from '@temporalio/workflow';

type Reaction = (reason: unknown) => unknown;

/** Reactions to a cancel run when we say so, in the same microtask. */
class HeldCancel {
  private readonly reactions: Reaction[] = [];

  /** What the SDK calls to hear of a cancel. */
  catch(reaction: Reaction): Promise<never> {
    this.reactions.push(reaction);
    return new Promise<never>(() => undefined);
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
 * A scope for one activity that no parent cancels: {@link open} does. Unlike a nested scope it adds no microtask to the
 * activity's result nor to its cancel, so that commands keep their order and old histories replay.
 */
export class GatedScope extends CancellationScope {
  private readonly held = new HeldCancel();

  constructor(shield: ShieldScope) {
    super({ cancellable: true, parent: shield });
    Object.defineProperty(this, 'cancelRequested', { value: this.held });
  }

  /** Hands on the very promise of `fn`, where the SDK's own adds microtasks. */
  protected override runInContext<T>(fn: () => Promise<T>): Promise<T> {
    return fn();
  }

  /** Lets the cancel through, once: a second cancel command for one activity is an error to the server. */
  open(): void {
    if (this.consideredCancelled) return;
    this.cancel();
    this.held.run(undefined);
  }
}
