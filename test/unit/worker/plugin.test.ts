import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import type { WorkerOptions } from '@temporalio/worker';
import { ReaperPlugin } from '../../../src';
import { assertSdk } from '../../../src/worker/sdk-version';

let count = 0;
/** A namespace of its own: a process has one reaper for each. */
const options = (more: Partial<WorkerOptions> = {}): WorkerOptions => ({
  namespace: `unit-${count++}`,
  taskQueue: 'q',
  activities: { a: async () => 1 },
  ...more,
});

test('configured twice, it is there once', () => {
  const plugin = new ReaperPlugin({ hostId: 'h' });
  const once = plugin.configureWorker(options({ workflowsPath: '/w' }));
  const twice = new ReaperPlugin({ hostId: 'h' }).configureWorker(plugin.configureWorker(once));
  expect(twice).toBe(once);
  expect(once.interceptors?.activity).toHaveLength(1);
  expect(once.interceptors?.workflowModules).toHaveLength(1);
  expect(once.identity).toBe(`${process.pid}@h`);
});

test("leaves the user's options object, throttles and interceptors as they are", () => {
  const mine = (): object => ({});
  const given = Object.freeze(
    options({
      maxHeartbeatThrottleInterval: '17s',
      identity: 'mine',
      interceptors: Object.freeze({ activity: [mine], activityInbound: [mine], workflowModules: ['/m'] }),
      workflowsPath: '/w',
    }),
  );
  const configured = new ReaperPlugin({ hostId: 'h' }).configureWorker(given);
  expect(configured).toMatchObject({ maxHeartbeatThrottleInterval: '17s', identity: `mine ${process.pid}@h` });
  expect(configured.interceptors?.activity?.[1]).toBe(mine);
  expect((configured.interceptors as { activityInbound?: unknown[] }).activityInbound).toEqual([mine]);
  expect(configured.interceptors?.workflowModules?.[0]).toBe('/m');
  expect(configured).not.toHaveProperty('defaultHeartbeatThrottleInterval');
});

test('other options for the same namespace are a conflict', () => {
  const given = options();
  new ReaperPlugin({ hostId: 'h' }).configureWorker(given);
  const other = new ReaperPlugin({ hostId: 'h', leftovers: 'kill' });
  expect(() => other.configureWorker(given)).toThrow(expect.objectContaining({ code: 'PLUGIN_CONFLICT' }) as Error);
});

test('functions that name what is never tracked are the same only when they are one', () => {
  const plugin = (neverTrack: () => boolean): ReaperPlugin => new ReaperPlugin({ hostId: 'h', neverTrack });
  const never = (): boolean => false;
  const given = plugin(never).configureWorker(options());
  expect(plugin(never).configureWorker(given)).toBe(given);
  expect(() => plugin(() => false).configureWorker(given)).toThrow(
    expect.objectContaining({ code: 'PLUGIN_CONFLICT' }) as Error,
  );
});

test('tracers are no conflict: each Worker has its own, and OpenTelemetry makes a new one at each call', () => {
  const plugin = (): ReaperPlugin => new ReaperPlugin({ hostId: 'h', tracer: trace.getTracer('test') });
  const given = plugin().configureWorker(options());
  expect(plugin().configureWorker(given)).toBe(given);
});

test.each([undefined, '/bundle.js'])(
  'a Worker with the prebuilt bundle %s serves what a bundle’s interceptor asks for',
  (codePath) => {
    const given = options({
      workflowsPath: codePath === undefined ? '/w' : undefined,
      workflowBundle: codePath === undefined ? undefined : { codePath },
    });
    const { activities, interceptors } = new ReaperPlugin({ hostId: 'h', workflowInterceptor: false }).configureWorker(
      given,
    );
    expect(Object.keys(activities ?? {}).includes('temporalReaperLocate')).toBe(codePath !== undefined);
    expect(interceptors?.workflowModules).toBeUndefined();
  },
);

test('an SDK in which nothing would be killed is refused', () => {
  const refused = expect.objectContaining({ code: 'SDK_UNSUPPORTED' }) as Error;
  for (const version of ['0.23.0', '1.14.2', '1.16.0']) expect(() => assertSdk(version)).toThrow(refused);
  for (const version of ['1.17.0', '1.24.0', '1.100.0-rc.1', '2.0.0']) assertSdk(version);
});

test('what is refused is what the peer ranges exclude', () => {
  const { peerDependencies } = JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>;
  };
  const ranges = [...new Set(Object.values(peerDependencies))];
  expect(ranges).toEqual([expect.stringMatching(/^\^1\.\d+\.0$/)]);
  const [, minor] = ranges[0].split('.').map(Number);
  assertSdk(`1.${minor}.0`);
  expect(() => assertSdk(`1.${minor - 1}.9`)).toThrow();
});

test('a Worker without a task queue is left to the SDK to refuse', () => {
  const given = { namespace: 'unit-none', activities: { a: async () => 1 } } as unknown as WorkerOptions;
  expect(() => new ReaperPlugin({ hostId: 'h' }).configureWorker(given)).not.toThrow();
});

test('a Worker for workflows alone takes no activities; the reaper leaves its own Workers alone', () => {
  const plugin = new ReaperPlugin({ hostId: 'h' });
  const configured = plugin.configureWorker(options({ activities: undefined, workflowsPath: '/w' }));
  expect(configured.enableNonLocalActivities).toBe(false);
  const own = options({ taskQueue: 'temporal-reaper/h' });
  expect(plugin.configureWorker(own)).toBe(own);
});
