import { ReaperClient } from '../../../src/client';
import { isRunning, startTicks } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';
import { CrashScene, escalation, guardianOf, guardiansOf } from './scene';

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open(undefined, { ownNamespace: true });
});
afterAll(() => scene.end());

describe('two workers on one host', () => {
  let first: WorkerProcess;
  beforeAll(async () => {
    first = await scene.worker('first', { host: 'one', control: true });
    await scene.worker('second', { host: 'one' });
  });

  test('a kill of the whole host reaches both', async () => {
    const all = [scene.suite.processes('daemonises'), scene.suite.processes('forks-children')];
    const elsewhere = scene.suite.processes();
    await scene.worker('elsewhere');
    await scene.run('first', [all[0]]);
    await scene.run('second', [all[1]]);
    await scene.run('elsewhere', [elsewhere]);
    const reaper = new ReaperClient(scene.suite.client);
    const { hosts } = await reaper.killAll({ hostIds: [scene.hostId('one')], escalation });
    expect(hosts.map(({ status }) => status)).toEqual(['answered', 'answered']);
    await scene.gone(all);
    await elsewhere.goOn(25);
  });

  test('the death of one takes its own processes and no other', async () => {
    const [doomed, spared] = [scene.suite.processes('daemonises'), scene.suite.processes('daemonises')];
    await scene.run('first', [doomed]);
    await scene.run('second', [spared]);
    await guardianOf(first.pid);
    await first.kill();
    await scene.gone([doomed]);
    await spared.goOn(25);
  });
});

test('worker and guardian die one right after the other: the next worker of the host finds what they leave', async () => {
  const worker = await scene.worker('gap');
  const processes = scene.suite.processes('daemonises');
  await scene.run('gap', [processes]);
  const guardian = await guardianOf(worker.pid);
  const ticks = startTicks(guardian);
  process.kill(guardian, 'SIGKILL');
  await worker.kill(); // before it has started another
  await waitUntil('the guardian is dead', () => !isRunning(guardian, ticks));
  expect(guardiansOf(worker.pid)).toEqual([]);
  await processes.goOn(50); // the negative control: nobody is there to kill
  await scene.worker('gap-next', { host: 'gap' });
  await scene.gone([processes]);
});
