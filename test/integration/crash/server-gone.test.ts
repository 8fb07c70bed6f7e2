import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { ReaperClient } from '../../../src/client';
import { type DevServer, startDevServer } from '../../helpers/dev-server';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import type { Processes } from '../cancel/suite';
import { CrashScene, escalation, programsOf } from './scene';

const START_TO_CLOSE_MS = 20_000;
/** What the SDK adds to a start-to-close timeout is 5 s. */
const BEFORE_THE_SDK_MS = 4_000;
/** How long the SDK may wait with its next poll. */
const BACK_MS = 60_000;

jest.setTimeout(180_000);

const folder = mkdtempSync(join(tmpdir(), 'reaper-server-'));
let server: DevServer;
let scene: CrashScene;
let reaper: ReaperClient;
let worker: WorkerProcess;
let silent: Processes;
let beating: Processes;
let timed: Processes;
let silentRun: WorkflowHandle;
let beatingRun: WorkflowHandle;
let timedRun: WorkflowHandle;
let begunAt: number;

/** With a database in a file, so that it can come back. */
function serve(port?: number): Promise<DevServer> {
  return startDevServer({ port, extraArgs: ['--db-filename', join(folder, 'temporal.db')] });
}

async function listens(address: string): Promise<boolean> {
  const [host, port] = address.split(':');
  const socket = connect(Number(port), host);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false; // refused
  } finally {
    socket.destroy();
  }
}

function start(processes: Processes, options: object): Promise<WorkflowHandle> {
  const args = [processes.program, scene.newFile('ran')];
  return scene.suite.start('workflows', 'runAll', [
    [{ name: 'runOnce', args, taskQueue: scene.suite.unique('work'), options }],
  ]);
}

beforeAll(async () => {
  server = await serve();
  scene = await CrashScene.open(server.address);
  reaper = new ReaperClient(scene.suite.client);
  worker = await scene.worker('work', { control: true });
  silent = scene.suite.processes('daemonises');
  beating = scene.suite.processes('forks-children', { heartbeatMs: 200 });
  timed = scene.suite.processes('ignores-sigterm');
  begunAt = Date.now();
  timedRun = await start(timed, { startToCloseTimeout: START_TO_CLOSE_MS, retry: { maximumAttempts: 2 } });
  silentRun = await start(silent, { retry: { maximumAttempts: 1 } });
  beatingRun = await start(beating, { heartbeatTimeout: '60s', retry: { maximumAttempts: 1 } });
  for (const processes of [silent, beating, timed]) await processes.started();
  process.kill(-server.pid, 'SIGKILL');
  await waitUntil('nobody listens on its port', async () => !(await listens(server.address)));
});
afterAll(async () => {
  try {
    await scene?.end();
  } finally {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('while the server is gone', () => {
  test('nothing is ended', async () => {
    for (const processes of [silent, beating, timed]) {
      await processes.goOn(100);
      expect(processes.attempts()).toEqual([1]);
    }
    expect(worker.running).toBe(true);
  });

  test('a request fails at once, and says why', async () => {
    const cancel = reaper.cancelWorkflow({ workflowId: silentRun.workflowId });
    await expect(cancel).rejects.toMatchObject({ code: 'SERVER_UNREACHABLE' });
  });

  test('a deadline kills at its time', async () => {
    await timed.died(START_TO_CLOSE_MS + 10_000);
    expect(await listens(server.address)).toBe(false);
    expect(timed.lastBeat()).toBeGreaterThan(begunAt + START_TO_CLOSE_MS - 1_000);
    const limitMs = START_TO_CLOSE_MS + escalation.graceMs + BEFORE_THE_SDK_MS;
    expect(timed.lastBeat()).toBeLessThan(timed.startedAt() + limitMs);
    for (const processes of [silent, beating]) await processes.goOn();
  });
});

describe('when it is back', () => {
  beforeAll(async () => {
    server = await serve(Number(server.address.split(':')[1]));
  });

  test('what was not ended goes on, and the next attempt of what was begins', async () => {
    await waitUntil('attempt 2 has run', () => timed.attempts().length === 2, { timeoutMs: BACK_MS });
    expect(await timedRun.result()).toEqual(['ran before']);
    for (const processes of [silent, beating]) {
      await processes.goOn();
      expect(processes.attempts()).toEqual([1]);
    }
  });

  test('its reaper serves host and control queue again', async () => {
    await waitUntil(
      'the reaper answers',
      async () => {
        // The control queue's workflows are run by the same worker: it answers only when both are served.
        const hosts = await reaper.listHosts({ hostIds: [scene.hostId('work')] }).catch(() => []);
        return hosts.some(({ workers }) => workers.some(({ status }) => status === 'answered'));
      },
      { timeoutMs: BACK_MS, everyMs: 200 },
    );
  });

  test('a cancel kills on the host, and reports it', async () => {
    const { hosts, status, degraded } = await reaper.cancelWorkflow({ workflowId: silentRun.workflowId, escalation });
    expect({ status, degraded, hosts: hosts.map((host) => host.status) }).toEqual({
      status: 'CANCELED',
      degraded: undefined,
      hosts: ['answered'],
    });
    expect(programsOf(silent)).toEqual([]);
  });

  test('the watch sees an ordinary cancel, and new work is taken', async () => {
    await beatingRun.cancel();
    await scene.gone([beating]);
    expect(await scene.suite.closed(beatingRun)).toBe('CANCELLED');
    const another = scene.suite.processes();
    const handle = await start(another, { retry: { maximumAttempts: 1 } });
    await another.started();
    await handle.terminate();
    await scene.gone([another]);
  });
});
