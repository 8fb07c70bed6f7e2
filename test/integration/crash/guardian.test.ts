import { procFile } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import type { Processes } from '../cancel/suite';
import { CrashScene, guardianOf, guardiansOf, type Identity, shapes } from './scene';

const LOGGED = 'A worker of this host died; its guardian killed what it left';

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
});
afterAll(() => scene.end());

describe('a worker that is killed by SIGKILL', () => {
  let guarded: Processes[];
  let identity: Identity;

  beforeAll(async () => {
    const worker = await scene.worker('guarded');
    identity = scene.identify(worker, 'guarded');
    guarded = shapes.map((name) => scene.suite.processes(name));
    await scene.run('guarded', guarded);
    await guardianOf(worker.pid);
    await worker.kill();
  });

  test.each(shapes.map((name, index) => [name, index] as const))('nothing of %s is left', async (_name, index) => {
    await scene.gone([guarded[index]]);
  });

  test('the guardian ends, and leaves a report that the next worker of the host logs once', async () => {
    await waitUntil('the guardian has ended', () => guardiansOf(identity.pid).length === 0);
    expect(scene.hasReport(identity)).toBe(true);
    const next = await scene.worker('next', { host: 'guarded' });
    await waitUntil('the report is logged', () => next.output().includes(LOGGED));
    expect(next.output()).toContain(`workerPid: ${identity.pid}`);
    expect(scene.hasReport(identity)).toBe(false);
    await next.stop();
  });
});

test('negative control: without a guardian everything that it has started goes on', async () => {
  const worker = await scene.worker('unguarded', { guardian: false });
  const all = shapes.map((name) => scene.suite.processes(name));
  await scene.run('unguarded', all);
  expect(guardiansOf(worker.pid)).toEqual([]);
  await worker.kill();
  for (const processes of all) await processes.goOn(50);
});

describe('a program without a readable environment, known by its start alone', () => {
  const run = async (queue: string, options: { guardian?: boolean; containment: 'scan' | 'basic' }) => {
    const worker = await scene.worker(queue, options);
    const processes = scene.suite.processes('forever');
    const { program } = processes;
    const args = [{ ...program, command: 'env', args: ['-i', program.command, ...program.args] }];
    await scene.run(queue, [processes], { args });
    if (options.guardian !== false) await guardianOf(worker.pid);
    await processes.goOn(2); // the guardian has been told by then
    await worker.kill();
    return processes;
  };

  test.each(['scan', 'basic'] as const)('dies with its worker at %s', async (containment) => {
    const processes = await run(`bare-${containment}`, { containment });
    await scene.gone([processes]);
  });

  test('negative control: without a guardian it goes on', async () => {
    const processes = await run('bare-unguarded', { guardian: false, containment: 'scan' });
    await processes.goOn(50);
  });
});

/** As an allow-list of variables leaves it: the marker is gone, an option of the worker's own environment is not. */
test.each(['', 'TEMPORAL_REAPER_FENCE=host'])(
  'a daemon known by its tag alone dies, also with %j kept',
  async (kept) => {
    const queue = `tagged-${kept.length}`;
    const worker = await scene.worker(queue, { containment: 'subreaper' });
    const processes = scene.suite.processes('forever');
    const { program } = processes;
    const daemon = `(setsid env -i ${kept} "$0" "$@" >/dev/null 2>&1 &); exec sleep 1000`;
    const args = [{ ...program, command: 'sh', args: ['-c', daemon, program.command, ...program.args] }];
    await scene.run(queue, [processes], { args });
    await guardianOf(worker.pid);
    await processes.goOn(2); // it has been left to the worker by then
    await worker.kill();
    await scene.gone([processes]);
  },
);

test('it survives what ends the process group of its worker, and does its work then', async () => {
  const worker = await scene.groupWorker('group');
  const identity = scene.identify(worker, 'group');
  const processes = scene.suite.processes('ignores-sigterm');
  await scene.run('group', [processes]);
  const guardian = await guardianOf(identity.pid);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.kill(-identity.pid, signal);
    process.kill(guardian, signal); // as whoever names it by its program does
  }
  process.kill(-identity.pid, 'SIGKILL');
  await scene.gone([processes]);
  await waitUntil('the guardian has ended', () => guardiansOf(identity.pid).length === 0);
  expect(scene.hasReport(identity)).toBe(true);
});

test('it has nothing of its worker’s environment, and in its arguments nothing but whom it guards', async () => {
  const worker = await scene.worker('secretive');
  const guardian = await guardianOf(worker.pid);
  const namesOf = (pid: number): string[] =>
    (procFile(pid, 'environ') ?? '').split('\0').flatMap((entry) => entry.split('=')[0] || []);
  expect(namesOf(worker.pid)).toContain('REAPER_TEST_RUN'); // stands for a secret
  expect(namesOf(guardian).filter((name) => name !== 'PATH' && name !== 'LD_LIBRARY_PATH')).toEqual([]);
  const [data] = (procFile(guardian, 'cmdline') ?? '').split('\0').filter((argument) => argument.startsWith('{'));
  expect(Object.keys(JSON.parse(data) as object).filter((key) => key !== 'encloserData')).toEqual([
    'mark',
    'escalation',
    'reportFile',
  ]);
  await worker.stop();
});

describe('a guardian that is killed', () => {
  let worker: WorkerProcess;
  beforeAll(async () => {
    worker = await scene.worker('replaced');
  });

  test('is followed by another one, which kills as well', async () => {
    const processes = scene.suite.processes('daemonises');
    await scene.run('replaced', [processes]);
    const first = await guardianOf(worker.pid);
    process.kill(first, 'SIGKILL');
    await guardianOf(worker.pid, first);
    await processes.goOn();
    await worker.kill();
    await scene.gone([processes]);
    await waitUntil('the second guardian has ended', () => guardiansOf(worker.pid).length === 0);
  });
});
