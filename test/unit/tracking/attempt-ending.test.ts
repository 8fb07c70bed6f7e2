import type { Context } from '@temporalio/activity';
import { CancelledFailure } from '@temporalio/common';
import { deliverCancel } from '../../../src/tracking/end-killed-attempt';

/** A Context whose cancel comes when the test says so. */
function fakeContext() {
  const controller = new AbortController();
  const beats: unknown[] = [];
  const context = { cancellationSignal: controller.signal, heartbeat: (details: unknown) => beats.push(details) };
  return { context: context as unknown as Context, beats, cancel: () => controller.abort(new CancelledFailure('C')) };
}

test("a heartbeat with the user's latest details fetches the cancel; nothing is reported besides", async () => {
  const { context, beats, cancel } = fakeContext();
  const report = jest.fn(async () => undefined);
  const delivered = deliverCancel(context, context.cancellationSignal, () => ({ step: 3 }), report);
  cancel();
  await delivered;
  expect(beats).toEqual([{ step: 3 }]);
  expect(report).not.toHaveBeenCalled();
});

test('a heartbeat that brings nothing is followed by a report by task token', async () => {
  const { context } = fakeContext();
  const report = jest.fn(async () => undefined);
  await deliverCancel(context, context.cancellationSignal, () => undefined, report);
  expect(report).toHaveBeenCalledTimes(1);
});
