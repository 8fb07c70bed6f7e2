import { ReaperError } from './errors';

/** Values that a span is described with. */
export type SpanAttributes = Record<string, string | number | boolean>;

/** The part of OpenTelemetry's `Span` that is used. */
export interface TracerSpan {
  /** Adds to what describes it. */
  setAttributes(attributes: SpanAttributes): unknown;
  /** Says whether it is an error: code 2. */
  setStatus(status: { code: number; message?: string }): unknown;
  /** Ends it now, or at a Unix time in ms. */
  end(endTime?: number): void;
}

/** The part of OpenTelemetry's `Tracer` that is used: `trace.getTracer(…)` from `@opentelemetry/api` has it. */
export interface SpanTracer {
  /** Starts a span below the one that is active. */
  startSpan(name: string, options?: { kind?: number; startTime?: number; attributes?: SpanAttributes }): TracerSpan;
  /** The same; the span is active while `work` runs, until its promise settles. */
  startActiveSpan<T>(name: string, work: (span: TracerSpan) => T): T;
}

/** `SpanKind.INTERNAL` and `SpanKind.CLIENT` of `@opentelemetry/api`, which is not needed to run. */
export const SPAN_KIND = { internal: 0, client: 2 };
/** `SpanStatusCode.ERROR` of `@opentelemetry/api`. */
export const SPAN_ERROR = 2;

/**
 * The option `tracer`, checked; undefined when it is not set.
 *
 * @throws ReaperError `OPTION_INVALID`
 */
export function checkedTracer(tracer: SpanTracer | undefined): SpanTracer | undefined {
  // From JavaScript it may be anything.
  const given = tracer as Partial<SpanTracer> | null | undefined;
  if (given === undefined || typeof given?.startActiveSpan === 'function') return tracer;
  throw new ReaperError('OPTION_INVALID', "tracer is not OpenTelemetry's: pass trace.getTracer('temporal-reaper')");
}
