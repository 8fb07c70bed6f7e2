import { AsyncLocalStorage } from 'node:async_hooks';
import type { SpawnSyncReturns } from 'node:child_process';
import { basename } from 'node:path';
import type { AfterKill } from '../contract/host-requests';
import { type KillReport, deathsOf, survivalsOf } from '../contract/kill-report';
import { SPAN_ERROR, SPAN_KIND, type SpanTracer, type TracerSpan } from '../contract/span-tracer';
import { errorCode } from '../process/error-code';

type Snapshot = ReturnType<typeof AsyncLocalStorage.snapshot>;

/** How a process has ended, as Node reports it. */
interface ProcessEnd {
  pid?: number;
  code: number | null;
  signal: string | null;
  /** The code of the error with which it did not start. */
  error?: string;
}

/** Reads the result of a call that has waited for its process, or its error; `code` is meant where that has no status. */
function endOfSync(outcome: unknown, code: number | null): ProcessEnd {
  const { pid, status = code, signal = null, error } = Object(outcome) as Partial<SpawnSyncReturns<unknown>>;
  const failure = errorCode(outcome) ?? errorCode(error);
  return { pid: pid === 0 ? undefined : pid, code: status, signal, ...(failure !== undefined && { error: failure }) };
}

/** The span of one process. */
class ProcessSpan {
  constructor(private readonly span: TracerSpan) {}

  /** The process has ended, or the call that waits for it has. */
  end({ pid, code, signal, error }: ProcessEnd): void {
    const type = error ?? signal ?? (code === 0 ? undefined : String(code));
    this.span.setAttributes({
      ...(pid !== undefined && { 'process.pid': pid }),
      ...(code !== null && { 'process.exit.code': code }),
      ...(type !== undefined && { 'error.type': type }),
    });
    if (type !== undefined) this.span.setStatus({ code: SPAN_ERROR, message: error ?? signal ?? `exit code ${code}` });
    this.span.end();
  }

  /** The process has not started. */
  fail(error: unknown): void {
    this.end({ code: null, signal: null, error: errorCode(error) ?? 'unknown' });
  }
}

/**
 * The OpenTelemetry spans of one attempt. A process has a span from its start to its exit, named and described as in the
 * semantic conventions for CLI programs; its arguments, which may hold secrets, are left out. Each kill that found something
 * has a span beside the first of them.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/cli/cli-spans/
 */
export class AttemptSpans {
  /** Runs a function where the attempt got its first process: in the span that was active there. */
  private atFirstProcess: Snapshot | undefined;

  constructor(private readonly tracer: SpanTracer) {}

  /** Called where the attempt gets a process, however it does. */
  noteProcess(): void {
    this.atFirstProcess ??= AsyncLocalStorage.snapshot();
  }

  /** @param file the program that is about to start */
  start(file: string): ProcessSpan {
    const name = basename(file);
    const attributes = { 'process.executable.name': name };
    return new ProcessSpan(this.tracer.startSpan(name, { kind: SPAN_KIND.client, attributes }));
  }

  /** Runs a call that blocks until its process has ended. */
  aroundSync<T>(file: string, call: () => T): T {
    const span = this.start(file);
    try {
      const result = call();
      span.end(endOfSync(result, 0));
      return result;
    } catch (error) {
      span.end(endOfSync(error, null));
      throw error;
    }
  }

  killed({ then, reason }: { then: AfterKill; reason: string }, report: KillReport): void {
    if (!this.atFirstProcess || report.processes.length === 0) return;
    const alive = survivalsOf(report);
    const attributes = {
      'temporal_reaper.cause': then,
      'temporal_reaper.reason': reason,
      'temporal_reaper.level': report.level,
      'temporal_reaper.proof': report.proof,
      'temporal_reaper.processes_killed': deathsOf(report),
      'temporal_reaper.survivors': alive,
    };
    const options = { kind: SPAN_KIND.internal, startTime: report.startedAt, attributes };
    const span = this.atFirstProcess(() => this.tracer.startSpan('temporal_reaper.kill', options));
    if (alive > 0) span.setStatus({ code: SPAN_ERROR, message: `${alive} survived` });
    span.end(report.startedAt + report.durationMs);
  }
}
