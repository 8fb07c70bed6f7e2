import { waitUntil } from '../../helpers/wait-until';
import { CrashScene } from './scene';

const FAILING = require.resolve('../../../dist/test/fixtures/plugin/second-worker-fails');

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
});
afterAll(() => scene.end());

test('a Worker that fails takes its own processes with it, and none of its neighbour in the same process', async () => {
  const worker = await scene.worker('two', {}, { extend: FAILING });
  const [own, others] = [scene.suite.processes('daemonises'), scene.suite.processes('daemonises')];
  await scene.run('two', [others]);
  await scene.run('two', [own], { taskQueue: `${scene.suite.unique('two')}-fails` });
  worker.child.kill('SIGWINCH');
  await waitUntil('it has failed', () => /The second Worker failed/.test(worker.output()));
  await scene.gone([own]);
  await others.goOn();
  expect(worker.running).toBe(true);
});

test('negative control: without the plugin they go on', async () => {
  const worker = await scene.worker('bare', {}, { plugin: false, extend: FAILING });
  const own = scene.suite.processes('daemonises');
  await scene.run('bare', [own], { taskQueue: `${scene.suite.unique('bare')}-fails` });
  worker.child.kill('SIGWINCH');
  await waitUntil('it has failed', () => /The second Worker failed/.test(worker.output()));
  await own.goOn(50);
});
