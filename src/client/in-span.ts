import { type CancelOutcome, isIncomplete, totalsOf } from '../contract/outcomes';
import { SPAN_ERROR, type SpanAttributes, type SpanTracer } from '../contract/span-tracer';

function describeOutcome(outcome: CancelOutcome): SpanAttributes {
  const { hosts, cancel, omitted } = outcome;
  const { dead, alive } = totalsOf(outcome);
  return {
    'temporal_reaper.cancel': cancel,
    'temporal_reaper.workers': hosts.length + (omitted?.workers ?? 0),
    'temporal_reaper.processes_killed': dead,
    'temporal_reaper.survivors': alive,
  };
}

/** Gives a cancel an OpenTelemetry span. It is an error if the cancel throws, or if something may still run. */
export async function inSpan(
  tracer: SpanTracer | undefined,
  name: string,
  target: { workflowId?: unknown; activityId?: unknown },
  cancel: () => Promise<CancelOutcome>,
): Promise<CancelOutcome> {
  if (!tracer) return cancel();
  // Named as by @temporalio/interceptors-opentelemetry.
  const ids = { temporalWorkflowId: target?.workflowId, temporalActivityId: target?.activityId };
  const attributes = Object.fromEntries(Object.entries(ids).filter(([, id]) => typeof id === 'string'));
  const span = tracer.startSpan(`temporal_reaper.${name}`, { attributes: attributes as SpanAttributes });
  try {
    const outcome = await cancel();
    span.setAttributes(describeOutcome(outcome));
    if (isIncomplete(outcome)) span.setStatus({ code: SPAN_ERROR, message: 'something may still run' });
    return outcome;
  } catch (error) {
    span.setStatus({ code: SPAN_ERROR, message: String(error) });
    throw error;
  } finally {
    span.end();
  }
}
