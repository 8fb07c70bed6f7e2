import { once } from 'node:events';
import { waitUntil } from '../../helpers/wait-until';
import { CrashScene, guardianOf, guardiansOf, programsOf, put } from './scene';

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
});
afterAll(() => scene.end());

describe.each([
  ['process.exit()', 'exit', 3],
  ['an uncaught exception', 'throw', 1],
] as const)('a worker that ends by %s in the middle of an activity', (_what, how, code) => {
  test('leaves nothing', async () => {
    const worker = await scene.worker(how);
    const identity = scene.identify(worker, how);
    const [processes, ending] = [scene.suite.processes('daemonises'), scene.suite.processes('forks-children')];
    const when = scene.newFile('end');
    await scene.run(how, [processes]);
    await scene.run(how, [ending], { name: 'endWorker', args: [ending.program, how, when] });
    const ended = once(worker.child, 'exit');
    put(when);
    expect(await ended).toEqual([code, null]);
    await scene.gone([processes, ending]);
    await waitUntil('the guardian has ended', () => guardiansOf(identity.pid).length === 0);
    expect(scene.hasReport(identity)).toBe(true);
  });

  test('negative control: without a guardian they go on', async () => {
    const worker = await scene.worker(`${how}-unguarded`, { guardian: false });
    const ending = scene.suite.processes('daemonises');
    const when = scene.newFile('end');
    await scene.run(`${how}-unguarded`, [ending], { name: 'endWorker', args: [ending.program, how, when] });
    const ended = once(worker.child, 'exit');
    put(when);
    await ended;
    await ending.goOn(25);
  });
});

test('an orderly shutdown leaves no process, no guardian and no report', async () => {
  const worker = await scene.worker('orderly');
  const identity = scene.identify(worker, 'orderly');
  const all = [scene.suite.processes('daemonises'), scene.suite.processes('ignores-sigterm')];
  await scene.run('orderly', all);
  await guardianOf(worker.pid);
  await worker.stop();
  expect(worker.child.exitCode).toBe(0);
  for (const processes of all) expect(programsOf(processes)).toEqual([]);
  await waitUntil('the guardian has ended', () => guardiansOf(identity.pid).length === 0);
  expect(scene.hasReport(identity)).toBe(false);
});
