import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { SpanAttributes, SpanTracer } from '../../../src/contract/span-tracer';
import { AttemptSpans } from '../../../src/tracking/attempt-spans';

interface Ended {
  name: string;
  attributes: SpanAttributes;
}

function fakeTracer(ended: Ended[]): SpanTracer {
  const startSpan: SpanTracer['startSpan'] = (name, { attributes = {} } = {}) => ({
    setAttributes: (more) => Object.assign(attributes, more),
    setStatus: () => undefined,
    end: () => void ended.push({ name, attributes }),
  });
  return { startSpan, startActiveSpan: (name, work) => work(startSpan(name)) };
}

test('the error of a program that does not exist stays unhandled unless its owner listens', async () => {
  const ended: Ended[] = [];
  const child = spawn('/no/such/program', { stdio: 'ignore' });
  new AttemptSpans(fakeTracer(ended)).aroundSpawn(child, '/no/such/program', () => undefined);
  expect(child.listenerCount('error')).toBe(0);
  await expect(once(child, 'spawn')).rejects.toMatchObject({ code: 'ENOENT' });
  expect(ended).toEqual([
    { name: 'program', attributes: { 'process.executable.name': 'program', 'error.type': 'ENOENT' } },
  ]);
});

test('a call that throws ends its span, and its error goes on', () => {
  const ended: Ended[] = [];
  const spans = new AttemptSpans(fakeTracer(ended));
  const error = Object.assign(new Error('refused'), { code: 'EINVAL' });
  const refuse = (): never => {
    throw error;
  };
  expect(() => spans.aroundSpawn({} as ReturnType<typeof spawn>, 'tool', refuse)).toThrow(error);
  expect(() => spans.aroundSync('tool', refuse)).toThrow(error);
  const attributes = { 'process.executable.name': 'tool', 'error.type': 'EINVAL' };
  expect(ended).toEqual([
    { name: 'tool', attributes },
    { name: 'tool', attributes },
  ]);
});

test('a kill of an attempt that has started nothing here has no span', () => {
  const ended: Ended[] = [];
  const report = { level: 'scan', proof: 'scan', startedAt: 1, durationMs: 2, looks: 1, processes: [] } as const;
  new AttemptSpans(fakeTracer(ended)).killed({ then: 'cancel', reason: 'test' }, { ...report, processes: [] });
  expect(ended).toEqual([]);
});
