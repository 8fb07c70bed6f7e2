import { execFile, execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { ReaperClient } from '../../../src/client';
import type { DoctorCheck, DoctorReport } from '../../../src/cli/doctor/check';
import { Scene } from '../../fixtures/plugin/scene';
import { testServerAddress } from '../../helpers/dev-server';
import { WorkerProcess } from '../../helpers/worker-process';

jest.setTimeout(180_000);

const MAIN = resolve(__dirname, '../../../dist/src/cli/main.js');
const PID_NAMESPACE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

/** A namespace of its own: nobody else is asked, or waits for a worker that is stopped. */
let scene: Scene;
let healthy: WorkerProcess;
const workers: WorkerProcess[] = [];

beforeAll(async () => {
  scene = await Scene.open('doctor');
  healthy = await scene.worker();
  await scene.servesControl();
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await scene?.end();
});

async function doctor(): Promise<{ code: number; report: DoctorReport }> {
  const args = [MAIN, 'doctor', '--host', scene.hostId, '-o', 'json'];
  const env = { TEMPORAL_ADDRESS: testServerAddress(), TEMPORAL_NAMESPACE: scene.namespace, NODE_OPTIONS: '' };
  return new Promise((settle, reject) => {
    const child = execFile(process.execPath, args, { env: { ...process.env, ...env } }, (_error, stdout, stderr) => {
      if (stdout === '') return reject(new Error(stderr));
      settle({ code: child.exitCode as number, report: JSON.parse(stdout) as DoctorReport });
    });
  });
}

function failuresOf({ checks }: DoctorReport): string[] {
  return checks.flatMap(({ check, status, subject }) => (status === 'fail' ? `${check} ${subject}` : []));
}

function checkOf({ checks }: DoctorReport, name: string, subject?: string): DoctorCheck | undefined {
  return checks.find(({ check, subject: about }) => check === name && (subject === undefined || about === subject));
}

/** One more worker of the scene's namespace; `through` is a command that becomes it. */
async function anotherWorker(plugin: object, pluginOn: 'connection' | 'worker', through?: string[]) {
  const fixture = {
    address: testServerAddress(),
    taskQueue: scene.newId('queue'),
    plugin: { control: false, ...plugin },
    pluginOn,
    workflows: false,
    worker: { namespace: scene.namespace },
  };
  const worker = await WorkerProcess.start(fixture, {}, through);
  workers.push(worker);
  return worker;
}

test('a healthy worker: nothing fails, exit 0', async () => {
  const { code, report } = await doctor();
  expect({ code, failures: failuresOf(report) }).toEqual({ code: 0, failures: [] });
  expect(checkOf(report, 'server')?.found).toMatch(/^Temporal \d+\.\d+\.\d+ at /);
  for (const name of [
    'namespace',
    'control task queue',
    'task queues',
    'workers',
    'versions',
    'host ids',
    'guardian',
  ]) {
    expect(checkOf(report, name)).toMatchObject({ status: 'ok' });
  }
  expect(checkOf(report, 'task queues')?.found).toMatch(/^2 /);
  expect(checkOf(report, 'containment', scene.hostId)).toBeDefined();
  expect(checkOf(report, 'containment here', scene.hostId)).toBeDefined();
});

test('a namespace that is not there: exit 1; no server: exit 3', async () => {
  const told = async (...args: string[]): Promise<{ code: number | null; report: DoctorReport }> =>
    new Promise((settle) => {
      const child = execFile(process.execPath, [MAIN, 'doctor', '-o', 'json', ...args], (_error, stdout) => {
        settle({ code: child.exitCode, report: JSON.parse(stdout) as DoctorReport });
      });
    });
  const missing = await told('--address', testServerAddress(), '-n', 'no-such');
  expect(missing.code).toBe(1);
  expect(checkOf(missing.report, 'namespace')).toMatchObject({ status: 'fail', code: 'NAMESPACE_NOT_FOUND' });
  const away = await told('--address', '127.0.0.1:1');
  expect(away.code).toBe(3);
  expect(checkOf(away.report, 'server')).toMatchObject({ status: 'fail', code: 'SERVER_UNREACHABLE' });
});

test('a worker that is stopped by SIGSTOP: exit 1, and it is named; once it goes on, exit 0', async () => {
  const hostId = scene.newId('stopped');
  const worker = await anotherWorker({ hostId }, 'connection');
  process.kill(worker.pid, 'SIGSTOP');
  const stopped = await doctor();
  process.kill(worker.pid, 'SIGCONT');
  expect({ code: stopped.code, failures: failuresOf(stopped.report) }).toEqual({
    code: 1,
    failures: [`workers ${hostId}/${worker.pid}`],
  });
  expect((await doctor()).code).toBe(0);
});

test('a worker that runs inline, at level basic, without a guardian: exit 1, and each is named', async () => {
  const hostId = scene.newId('low');
  const worker = await anotherWorker({ hostId, guardian: false, containment: 'basic' }, 'worker');
  const { code, report } = await doctor();
  expect({ code, failures: failuresOf(report) }).toEqual({ code: 1, failures: [`containment ${hostId}`] });
  expect(checkOf(report, 'containment', hostId)?.found).toMatch(/^basic; .*asked for$/);
  expect(checkOf(report, 'form', `${hostId}/${worker.pid}`)).toMatchObject({ status: 'warn' });
  expect(checkOf(report, 'guardian', `${hostId}/${worker.pid}`)).toMatchObject({ status: 'warn' });
});

function noPidNamespace(): string | undefined {
  try {
    execFileSync(PID_NAMESPACE[0], [...PID_NAMESPACE.slice(1), 'true'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return (error as Error).message.split('\n')[0].replaceAll(/[()%]/g, '');
  }
}

const why = noPidNamespace();
const whereNamespaces = why === undefined ? test : test.skip;

whereNamespaces(`two PID namespaces with one host id: exit 1${why ? ` (skipped: ${why})` : ''}`, async () => {
  await anotherWorker({ hostId: scene.hostId }, 'connection', PID_NAMESPACE);
  const { code, report } = await doctor();
  expect(code).toBe(1);
  expect(failuresOf(report)).toContain(`host ids ${scene.hostId}`);
  expect(healthy.running).toBe(true);
});

test('a worker that was shut down is not an alarm; one that crashed is: exit 1, and it is named', async () => {
  const [orderly, crashed] = [scene.newId('orderly'), scene.newId('crashed')];
  const leaving = await anotherWorker({ hostId: orderly }, 'connection');
  const dying = await anotherWorker({ hostId: crashed }, 'connection');
  await leaving.stop();
  await dying.kill();
  const { report } = await doctor();
  const failures = failuresOf(report);
  expect(failures).toContain(`workers ${crashed}/${dying.pid}`);
  expect(failures.filter((failure) => failure.includes(orderly))).toEqual([]);
  await expect(new ReaperClient(scene.client).listProcesses({ hostIds: [orderly] })).rejects.toMatchObject({
    code: 'TARGET_NOT_FOUND',
  });
  // The user's own Worker, and one entry for all that the reaper runs.
  const { workers: listed } = await scene.connection.workflowService.listWorkers({ namespace: scene.namespace });
  const queues = (listed ?? []).flatMap(({ workerIdentity, taskQueue }) =>
    workerIdentity?.endsWith(`@${orderly}`) ? (taskQueue ?? '') : [],
  );
  expect(queues.sort()).toEqual([expect.stringMatching(/^queue-/), 'temporal-reaper']);
});
