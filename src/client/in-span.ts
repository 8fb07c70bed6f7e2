import { type CancelOutcome, aliveOn, deadOn, isIncomplete } from '../contract/outcomes';
import { SPAN_ERROR, type SpanAttributes, type SpanTracer } from '../contract/span-tracer';

const sum = (counts: number[]): number => counts.reduce((all, each) => all + each, 0);

function describeOutcome({ hosts, workflowId, runId, cancel, omitted }: CancelOutcome): SpanAttributes {
  return {
    // Named as by @temporalio/interceptors-opentelemetry.
    ...(workflowId !== undefined && { temporalWorkflowId: workflowId }),
    ...(runId !== undefined && { temporalRunId: runId }),
    'temporal_reaper.cancel': cancel,
    'temporal_reaper.workers': hosts.length + (omitted?.workers ?? 0),
    'temporal_reaper.processes_killed': sum(hosts.map(deadOn)) + (omitted?.dead ?? 0),
    'temporal_reaper.survivors': sum(hosts.map(aliveOn)) + (omitted?.alive ?? 0),
  };
}

/**
 * Gives a cancel an OpenTelemetry span, and below it one for the time in which the processes were located. It is an error if
 * the cancel throws, or if something may still run.
 */
export function inSpan(
  tracer: SpanTracer | undefined,
  name: string,
  cancel: () => Promise<CancelOutcome>,
): Promise<CancelOutcome> {
  if (!tracer) return cancel();
  return tracer.startActiveSpan(`temporal_reaper.${name}`, async (span) => {
    try {
      const outcome = await cancel();
      const { requestedAt, locatedAt } = outcome;
      if (locatedAt !== undefined) {
        tracer.startSpan('temporal_reaper.locate', { startTime: requestedAt }).end(locatedAt);
      }
      span.setAttributes(describeOutcome(outcome));
      if (isIncomplete(outcome)) span.setStatus({ code: SPAN_ERROR, message: 'something may still run' });
      return outcome;
    } catch (error) {
      span.setStatus({ code: SPAN_ERROR, message: String(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}
