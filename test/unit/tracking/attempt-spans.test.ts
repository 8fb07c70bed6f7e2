import type { SpanAttributes, SpanTracer } from '../../../src/contract/span-tracer';
import { checkedTracer } from '../../../src/contract/span-tracer';
import { AttemptSpans } from '../../../src/tracking/attempt-spans';

interface Ended {
  name: string;
  attributes: SpanAttributes;
}

function fakeTracer(ended: Ended[]): SpanTracer {
  return {
    startSpan: (name, { attributes = {} } = {}) => ({
      setAttributes: (more) => Object.assign(attributes, more),
      setStatus: () => undefined,
      end: () => void ended.push({ name, attributes }),
    }),
  };
}

test('a call that throws ends its span, and its error goes on', () => {
  const ended: Ended[] = [];
  const error = Object.assign(new Error('refused'), { code: 'EINVAL' });
  const refuse = (): never => {
    throw error;
  };
  expect(() => new AttemptSpans(fakeTracer(ended)).aroundSync('/bin/tool', refuse)).toThrow(error);
  expect(ended).toEqual([{ name: 'tool', attributes: { 'process.executable.name': 'tool', 'error.type': 'EINVAL' } }]);
});

test.each([
  ['a result', { pid: 7, status: 0, signal: null }, { 'process.pid': 7, 'process.exit.code': 0 }],
  ['a failure', { pid: 7, status: 3, signal: null }, { 'process.pid': 7, 'process.exit.code': 3, 'error.type': '3' }],
  ['a signal', { pid: 7, status: null, signal: 'SIGKILL' }, { 'process.pid': 7, 'error.type': 'SIGKILL' }],
  ['no start', { pid: 0, status: null, signal: null, error: { code: 'ENOENT' } }, { 'error.type': 'ENOENT' }],
  ['output alone', Buffer.from('out'), { 'process.exit.code': 0 }],
  ['nothing', null, { 'process.exit.code': 0 }],
])('a synchronous call that gives %s says how its process ended', (_what, result, attributes) => {
  const ended: Ended[] = [];
  expect(new AttemptSpans(fakeTracer(ended)).aroundSync('tool', () => result)).toBe(result);
  expect(ended).toEqual([{ name: 'tool', attributes: { 'process.executable.name': 'tool', ...attributes } }]);
});

test('a kill of an attempt that has had no process has no span', () => {
  const ended: Ended[] = [];
  const spans = new AttemptSpans(fakeTracer(ended));
  const killed = { pid: 7, ppid: 1, pgid: 7, sid: 7, startTicks: '1', name: 'tool', fate: 'killed' } as const;
  const report = { level: 'scan', proof: 'scan', startedAt: 1, durationMs: 2, looks: 1, processes: [killed] } as const;
  const kill = (): void => spans.killed({ then: 'cancel', reason: 'test' }, { ...report, processes: [killed] });
  kill();
  expect(ended).toEqual([]);
  spans.noteProcess();
  kill();
  expect(ended).toMatchObject([{ name: 'temporal_reaper.kill' }]);
});

test('a tracer that fails harms nothing, and is told of once', () => {
  const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const fail = (): never => {
    throw new Error('broken');
  };
  for (const broken of [
    { startSpan: fail },
    { startSpan: () => ({ setAttributes: fail, setStatus: fail, end: fail }) },
  ]) {
    const tracer = checkedTracer(broken) as SpanTracer;
    const spans = new AttemptSpans(tracer);
    expect(spans.aroundSync('tool', () => 'result')).toBe('result');
    spans.start('tool').end({ code: 1, signal: null });
    expect(warn.mock.calls).toEqual([[expect.stringContaining('broken')]]);
    warn.mockClear();
  }
  warn.mockRestore();
});
