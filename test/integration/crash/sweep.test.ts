import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { reportFileOf } from '../../../src/guardian/report-file';
import { markedHost } from '../../../src/process/host-id';
import { isRunning, startTicks } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import type { Processes } from '../cancel/suite';
import { CrashScene, guardianOf, guardiansOf, put, shapes } from './scene';

const SWEPT = 'Killed processes that a dead worker had left';

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
});
afterAll(() => scene.end());

/** Worker and guardian are killed at the same moment: they are stopped first, so that neither sees the other go. */
async function killBoth(worker: WorkerProcess): Promise<void> {
  const guardian = await guardianOf(worker.pid);
  const ticks = startTicks(guardian);
  process.kill(worker.pid, 'SIGSTOP');
  process.kill(guardian, 'SIGKILL');
  await worker.kill();
  await waitUntil('the guardian is dead', () => !isRunning(guardian, ticks));
}

describe('worker and guardian are killed at once', () => {
  let orphans: Processes[];
  let spared: Processes;
  let daemon: Processes;
  let stranger: Processes;
  let next: WorkerProcess;
  let deadPid: number;

  beforeAll(async () => {
    const [doomed] = await Promise.all([
      scene.worker('doomed', { host: 'shared' }),
      scene.worker('living', { host: 'shared' }),
      scene.worker('elsewhere', { guardian: false }),
    ]);
    deadPid = doomed.pid;
    orphans = shapes.map((name) => scene.suite.processes(name));
    spared = scene.suite.processes('daemonises');
    daemon = scene.suite.processes();
    const besides = scene.suite.processes();
    await scene.run('living', [spared]);
    await scene.run('doomed', orphans);
    await scene.run('doomed', [besides], { name: 'runBesides', args: [daemon.program, besides.program] });
    await daemon.started();
    orphans.push(besides);
    await killBoth(doomed);
  });

  test('what they leave goes on', async () => {
    for (const processes of orphans) await processes.goOn(25);
    expect(guardiansOf(deadPid)).toEqual([]);
  });

  test('a worker of another host leaves it alone', async () => {
    const other = await scene.worker('other-host');
    stranger = scene.suite.processes();
    await scene.run('elsewhere', [stranger]);
    for (const processes of orphans) await processes.goOn(10);
    expect(other.output()).not.toContain(SWEPT);
  });

  test('the next worker of the host kills all of it, and says so', async () => {
    next = await scene.worker('sweeper', { host: 'shared' });
    await scene.gone(orphans);
    await waitUntil('the sweep is logged', () => next.output().includes(SWEPT));
    expect(next.output()).toContain(`workerPid: ${deadPid}`);
  });

  test('it spares those of a living worker of the host, those of other hosts, and what is untracked', async () => {
    for (const processes of [spared, stranger, daemon]) await processes.goOn(10);
  });
});

test('a report that cannot be read does not keep the next worker from sweeping', async () => {
  const worker = await scene.worker('garbled', { guardian: false });
  const processes = scene.suite.processes();
  await scene.run('garbled', [processes]);
  await worker.kill();
  const file = reportFileOf(markedHost(scene.hostId('garbled')), 4711, '4712');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  put(file, '{"workerPid":');
  await scene.worker('garbled-next', { host: 'garbled' });
  await scene.gone([processes]);
});
