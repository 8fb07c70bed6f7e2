import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { ReaperClient } from '../../../src/client';
import { type ActivityProcess, Scene, dead, endOf, extension } from '../../fixtures/plugin/scene';
import type { SeenSpan } from '../../fixtures/plugin/seen-span';
import { testServerAddress } from '../../helpers/dev-server';
import type { WorkerProcess } from '../../helpers/worker-process';

jest.setTimeout(120_000);

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open('spans');
});
afterAll(() => scene?.end());

const ONCE = { options: { retry: { maximumAttempts: 1 } } };

function tracedWorker(isTraced: boolean): Promise<WorkerProcess & { taskQueue: string }> {
  const traced = { hostId: scene.newId('host'), address: testServerAddress(), isTraced };
  return scene.worker(
    { plugin: false, extend: extension('with-tracer') },
    { REAPER_TEST_TRACED: JSON.stringify(traced) },
  );
}

async function spansOf(worker: WorkerProcess): Promise<SeenSpan[]> {
  await worker.stop();
  const [, json] = /^spans: (.*)$/m.exec(worker.output()) ?? [];
  return JSON.parse(json ?? `"no spans in ${worker.output()}"`) as SeenSpan[];
}

function only(spans: SeenSpan[], name: string): SeenSpan {
  const found = spans.filter((span) => span.name === name);
  expect([name, found.length]).toEqual([name, 1]);
  return found[0];
}

/** Cancels a workflow while its activity runs a program that ends at SIGTERM. */
async function cancelled(worker: WorkerProcess & { taskQueue: string }): Promise<ActivityProcess> {
  const program = scene.program();
  const handle = await scene.start(worker.taskQueue, 'runAll', [program.step(ONCE)]);
  const processes = await program.started();
  await handle.cancel();
  await dead(processes);
  expect(await endOf(handle)).toBe('CANCELLED');
  return processes[0];
}

test('a process and its kill have spans in the trace of their workflow', async () => {
  const worker = await tracedWorker(true);
  const { pid } = await cancelled(worker);
  const spans = await spansOf(worker);

  const workflow = only(spans, 'RunWorkflow:runAll');
  const activity = only(spans, 'RunActivity:run');
  const process = only(spans, 'node');
  const kill = only(spans, 'temporal_reaper.kill');
  for (const { traceId, parentId } of [process, kill]) {
    expect([traceId, parentId]).toEqual([workflow.traceId, activity.spanId]);
  }
  expect(process).toMatchObject({ kind: SpanKind.CLIENT, status: SpanStatusCode.ERROR });
  expect(process.attributes).toEqual({
    'process.executable.name': 'node',
    'process.pid': pid,
    'error.type': 'SIGTERM',
  });
  expect(kill).toMatchObject({ kind: SpanKind.INTERNAL, status: SpanStatusCode.UNSET });
  expect(kill.attributes).toMatchObject({
    'temporal_reaper.cause': 'cancel',
    'temporal_reaper.processes_killed': 1,
    'temporal_reaper.survivors': 0,
  });
  // The process dies in the kill, and the workflow's own spans show who has asked for it.
  expect(process.start).toBeLessThan(kill.start);
  expect(kill.start).toBeLessThan(process.end);
  expect(kill.end).toBeGreaterThan(kill.start);
  for (const name of ['StartActivity:temporalReaperLocate', 'StartActivity:kill']) {
    expect(only(spans, name).traceId).toBe(workflow.traceId);
  }
});

test('a span says how a process has ended, also one that has not started, and one that blocked', async () => {
  const worker = await tracedWorker(true);
  const run = async (name: 'run' | 'runSync', ...args: unknown[]): Promise<string> =>
    endOf(await scene.start(worker.taskQueue, 'runAll', [{ name, args, ...ONCE }]));
  expect(await run('run', 'true', [])).toBe('COMPLETED');
  expect(await run('run', '/no/such/program', [])).toBe('FAILED');
  expect(await run('runSync', 'exit 3')).toBe('FAILED');
  expect(await run('runSync', 'echo out')).toBe('COMPLETED');
  const spans = await spansOf(worker);

  const ok = only(spans, 'true');
  expect(ok).toMatchObject({ status: SpanStatusCode.UNSET, attributes: { 'process.exit.code': 0 } });
  const missing = only(spans, 'program');
  expect(missing).toMatchObject({ status: SpanStatusCode.ERROR, attributes: { 'error.type': 'ENOENT' } });
  expect(missing.attributes).not.toHaveProperty('process.exit.code');
  const shells = spans.filter(({ name }) => name === 'sh');
  expect(shells.map(({ status, attributes }) => [attributes['process.exit.code'], status])).toEqual([
    [3, SpanStatusCode.ERROR],
    [0, SpanStatusCode.UNSET],
  ]);
  const activities = spans.filter(({ name }) => name.startsWith('RunActivity:')).map(({ spanId }) => spanId);
  expect([ok, missing, ...shells].map(({ parentId }) => parentId)).toEqual(activities);
  expect(spans.filter(({ name }) => name.startsWith('temporal_reaper'))).toEqual([]);
});

test('without the option there are only the spans of the SDK', async () => {
  const worker = await tracedWorker(false);
  await cancelled(worker);
  const names = (await spansOf(worker)).map(({ name }) => name);
  expect(names).toContain('RunActivity:run');
  expect(names.filter((name) => !/^(Run|Start)(Workflow|Activity):/.test(name))).toEqual([]);
});

test('a cancel by the client has a span, with what it has killed', async () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const reaper = new ReaperClient(scene.client, { tracer: provider.getTracer('test') });
  const worker = await scene.worker();
  const program = scene.program();
  const handle = await scene.start(worker.taskQueue, 'runAll', [program.step(ONCE)]);
  const processes = await program.started();
  await reaper.cancelWorkflow({ workflowId: handle.workflowId });
  await dead(processes);
  await expect(reaper.cancelWorkflow({ workflowId: handle.workflowId })).rejects.toThrow(/nothing to cancel/);

  const [cancel, again] = exporter.getFinishedSpans();
  expect([cancel, again].map(({ name, status }) => [name, status.code])).toEqual([
    ['temporal_reaper.cancelWorkflow', SpanStatusCode.UNSET],
    ['temporal_reaper.cancelWorkflow', SpanStatusCode.ERROR],
  ]);
  expect(again.attributes).toEqual({ temporalWorkflowId: handle.workflowId });
  expect(cancel.attributes).toMatchObject({
    temporalWorkflowId: handle.workflowId,
    'temporal_reaper.cancel': 'cancel',
    'temporal_reaper.workers': 1,
    'temporal_reaper.processes_killed': 1,
    'temporal_reaper.survivors': 0,
  });
});
