import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess, SpawnSyncReturns } from 'node:child_process';
import { type EventEmitter, errorMonitor } from 'node:events';
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

function endSpan(span: TracerSpan, { pid, code, signal, error }: ProcessEnd): void {
  const type = error ?? signal ?? undefined;
  span.setAttributes({
    ...(pid !== undefined && { 'process.pid': pid }),
    ...(code !== null && { 'process.exit.code': code }),
    ...(type !== undefined && { 'error.type': type }),
  });
  if (code !== 0) span.setStatus({ code: SPAN_ERROR, message: type ?? `exit code ${code}` });
  span.end();
}

/**
 * The OpenTelemetry spans of one attempt. A process has a span from its start to its exit, named and described as in the
 * semantic conventions for CLI programs; its arguments, which may hold secrets, are left out. Each kill that found something
 * has a span beside the first of them.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/cli/cli-spans/
 */
export class AttemptSpans {
  /** Runs a function where the first process was started: in the span that was active there. */
  private atFirstStart: Snapshot | undefined;

  constructor(private readonly tracer: SpanTracer) {}

  /** Runs a call that starts `child`. */
  aroundSpawn<T>(child: ChildProcess, file: string, call: () => T): T {
    const span = this.start(file);
    try {
      const result = call();
      const { pid } = child;
      const end = (how: ProcessEnd): void => endSpan(span, how);
      // Without a pid it has not started. Otherwise an error, such as that of a kill, says nothing about its end. An error
      // that only we listen for must stay unhandled.
      if (pid === undefined)
        (child as EventEmitter).once(errorMonitor, (error) =>
          end({ code: null, signal: null, error: errorCode(error) }),
        );
      else child.once('exit', (code, signal) => end({ pid, code, signal }));
      return result;
    } catch (error) {
      endSpan(span, { code: null, signal: null, error: errorCode(error) });
      throw error;
    }
  }

  /** Runs a call that blocks until its process has ended. */
  aroundSync<T>(file: string, call: () => T): T {
    const span = this.start(file);
    try {
      const result = call();
      endSpan(span, endOfSync(result, 0));
      return result;
    } catch (error) {
      endSpan(span, endOfSync(error, null));
      throw error;
    }
  }

  killed({ then, reason }: { then: AfterKill; reason: string }, report: KillReport): void {
    if (!this.atFirstStart || report.processes.length === 0) return;
    const alive = survivalsOf(report);
    const attributes = {
      'temporal_reaper.cause': then,
      'temporal_reaper.reason': reason,
      'temporal_reaper.level': report.level,
      'temporal_reaper.proof': report.proof,
      'temporal_reaper.processes_killed': deathsOf(report),
      'temporal_reaper.survivors': alive,
    };
    const span = this.atFirstStart(() =>
      this.tracer.startSpan('temporal_reaper.kill', {
        kind: SPAN_KIND.internal,
        startTime: report.startedAt,
        attributes,
      }),
    );
    if (alive > 0) span.setStatus({ code: SPAN_ERROR, message: `${alive} survived` });
    span.end(report.startedAt + report.durationMs);
  }

  private start(file: string): TracerSpan {
    this.atFirstStart ??= AsyncLocalStorage.snapshot();
    const name = basename(file);
    const attributes = { 'process.executable.name': name };
    return this.tracer.startSpan(name, { kind: SPAN_KIND.client, attributes });
  }
}
