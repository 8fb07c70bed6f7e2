import { execFileSync } from 'node:child_process';
import { platform } from 'node:os';
import { ReaperClient } from '../../../src/client';
import { waitUntil } from '../../helpers/wait-until';
import { CrashScene, escalation, programsOf } from './scene';

const IN_A_NAMESPACE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

function whyNot(): string | undefined {
  if (platform() !== 'linux') return 'PID namespaces are Linux only';
  try {
    execFileSync(IN_A_NAMESPACE[0], [...IN_A_NAMESPACE.slice(1), 'true'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return 'no PID namespace can be made here';
  }
}

const why = whyNot();
const suite = why === undefined ? describe : describe.skip;

/*
 * Pids mean something in one PID namespace only. From outside, the processes in a container are seen, by other pids than
 * their markers say.
 */
suite(`two PID namespaces that were given one host id${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let scene: CrashScene;
  beforeAll(async () => {
    scene = await CrashScene.open(undefined, { ownNamespace: true });
    await scene.worker('control', { control: true });
  });
  afterAll(() => scene?.end());

  test('a worker that starts outside takes none inside for dead', async () => {
    await scene.worker('inside', { host: 'same' }, {}, IN_A_NAMESPACE);
    const inside = scene.suite.processes('daemonises');
    await scene.run('inside', [inside]);
    const outside = await scene.worker('outside', { host: 'same' });
    const there = scene.suite.processes('daemonises');
    await scene.run('outside', [there]);
    await inside.goOn(50);
    expect(programsOf(inside)).toHaveLength(2);
    expect(outside.output()).not.toContain('Killed processes that a dead worker had left');

    const reaper = new ReaperClient(scene.suite.client);
    await reaper.killAll({ hostIds: [scene.hostId('same')], escalation });
    await waitUntil('each has killed its own', () => [inside, there].every((all) => programsOf(all).length === 0));
  });

  test('one whose worker is gone is swept by a worker of the same namespace alone', async () => {
    const worker = await scene.worker('gone', { host: 'lost', guardian: false });
    const left = scene.suite.processes('daemonises');
    await scene.run('gone', [left]);
    await worker.kill();
    const inside = await scene.worker('other', { host: 'lost' }, {}, IN_A_NAMESPACE);
    await left.goOn(50);
    expect(inside.output()).not.toContain('Killed processes that a dead worker had left');
    await scene.worker('again', { host: 'lost' });
    await scene.gone([left]);
  });

  test('the end of the namespace takes everything in it', async () => {
    const worker = await scene.worker('ends', {}, {}, IN_A_NAMESPACE);
    const inside = scene.suite.processes('daemonises');
    await scene.run('ends', [inside]);
    expect(programsOf(inside)).toHaveLength(2);
    await worker.kill();
    await waitUntil('nothing is left', () => programsOf(inside).length === 0);
  });
});
