import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { EarlyCancel } from '../../../src/tracking/early-cancel';

/** A Context as the SDK makes it, and what cancels it. */
function sdkContext() {
  const controller = new AbortController();
  const { signal } = controller;
  const cancelled = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
  cancelled.catch(() => undefined);
  return { controller, context: { cancellationSignal: signal, cancelled } as unknown as Context };
}

test('the context hears of what the SDK says, by its words', async () => {
  const { controller, context } = sdkContext();
  const early = new EarlyCancel(context);
  const reason = new CancelledFailure('TIMED_OUT');
  controller.abort(reason);
  await expect(context.cancelled).rejects.toBe(reason);
  expect([context.cancellationSignal.reason, early.isAhead]).toEqual([reason, false]);
});

test('and of what we say first; what the SDK says later changes nothing', async () => {
  const { controller, context } = sdkContext();
  const early = new EarlyCancel(context);
  early.tell('CANCELLED');
  await expect(context.cancelled).rejects.toMatchObject({ message: 'CANCELLED' });
  expect([early.isAhead, early.sdkSignal.aborted]).toEqual([true, false]);
  controller.abort(new CancelledFailure('NOT_FOUND'));
  expect((context.cancellationSignal.reason as Error).message).toBe('CANCELLED');
  expect(early.isAhead).toBe(false);
});

test('a context that was cancelled before is so from the start', () => {
  const { controller, context } = sdkContext();
  controller.abort(new CancelledFailure('CANCELLED'));
  new EarlyCancel(context);
  expect(context.cancellationSignal.aborted).toBe(true);
});

test('an attempt that leaves its listener behind is not kept for ever', async () => {
  setFlagsFromString('--expose_gc');
  const gc = runInNewContext('gc') as () => void;
  const contexts = Array.from({ length: 200 }, () => {
    const { context } = sdkContext();
    new EarlyCancel(context);
    context.cancellationSignal.addEventListener('abort', () => void context.cancelled);
    return new WeakRef(context);
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  gc();
  await new Promise((resolve) => setTimeout(resolve, 50));
  gc();
  expect(contexts.filter((context) => context.deref()).length).toBeLessThan(20);
});
