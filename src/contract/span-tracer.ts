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
}

/** `SpanKind.INTERNAL` and `SpanKind.CLIENT` of `@opentelemetry/api`, which is not needed to run. */
export const SPAN_KIND = { internal: 0, client: 2 };
/** `SpanStatusCode.ERROR` of `@opentelemetry/api`. */
export const SPAN_ERROR = 2;

const NO_SPAN: TracerSpan = { setAttributes: () => undefined, setStatus: () => undefined, end: () => undefined };

/** A tracer whose errors harm nothing that has a span: OpenTelemetry passes on those of a user's span processor. */
class HarmlessTracer implements SpanTracer {
  private hasWarned = false;

  constructor(private readonly tracer: SpanTracer) {}

  startSpan(...args: Parameters<SpanTracer['startSpan']>): TracerSpan {
    let span = NO_SPAN;
    this.trying(() => (span = this.tracer.startSpan(...args)));
    return {
      setAttributes: (attributes) => this.trying(() => span.setAttributes(attributes)),
      setStatus: (status) => this.trying(() => span.setStatus(status)),
      end: (endTime) => this.trying(() => span.end(endTime)),
    };
  }

  private trying(call: () => unknown): void {
    try {
      call();
    } catch (error) {
      if (!this.hasWarned)
        process.emitWarning(`temporal-reaper: a tracer fails, so spans are missing: ${String(error)}`);
      this.hasWarned = true;
    }
  }
}

/**
 * The tracer to use for the option `tracer`; undefined when it is not set.
 *
 * @throws ReaperError `OPTION_INVALID`
 */
export function checkedTracer(tracer: SpanTracer | undefined): SpanTracer | undefined {
  if (tracer === undefined) return undefined;
  // From JavaScript it may be anything.
  const given = tracer as Partial<SpanTracer> | null;
  if (typeof given?.startSpan === 'function') return new HarmlessTracer(tracer);
  throw new ReaperError('OPTION_INVALID', "tracer is not OpenTelemetry's: pass trace.getTracer('temporal-reaper')");
}
