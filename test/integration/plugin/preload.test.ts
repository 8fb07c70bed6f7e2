import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { Scene, beatsOn, dead, endOf } from '../../fixtures/plugin/scene';

jest.setTimeout(120_000);

const run = promisify(execFile);
const root = resolve(__dirname, '../../..');
const LINE = 'temporal-reaper: on for every connection, Worker, bundle and replay of this process\n';

describe('a worker that does not know of the plugin', () => {
  let scene: Scene;
  beforeAll(async () => (scene = await Scene.open('preload')));
  afterAll(() => scene?.end());

  test('preloaded: its processes die at a cancel', async () => {
    const env = { NODE_OPTIONS: '--require temporal-reaper/preload' };
    const worker = await scene.worker({ plugin: false }, env);
    expect(worker.output()).toContain(LINE);
    const program = scene.program();
    const handle = await scene.start(worker.taskQueue, 'runAll', [program.step()]);
    const processes = await program.started();
    await handle.cancel();
    await dead(processes);
    expect(await endOf(handle)).toBe('CANCELLED');
  });

  test('without: they go on', async () => {
    const worker = await scene.worker({ plugin: false });
    expect(worker.output()).not.toContain('temporal-reaper');
    const program = scene.program();
    const handle = await scene.start(worker.taskQueue, 'runAll', [program.step()]);
    const processes = await program.started();
    await handle.cancel();
    await beatsOn(processes);
    await handle.terminate('the test is over');
    await beatsOn(processes);
  });
});

/** A program, and whether its bundle has the plugin's interceptor. */
const WORKFLOWS = JSON.stringify(resolve(root, 'dist/test/fixtures/plugin/replay-workflows.js'));
const BUNDLES = `bundleWorkflowCode({ workflowsPath: ${WORKFLOWS} }).then(({ code }) =>
  console.log(code.includes('temporal-reaper.cancel-activity')));`;
const programs = {
  'by require': ['--eval', `const { bundleWorkflowCode } = require('@temporalio/worker'); ${BUNDLES}`],
  'by import': ['--input-type=module', '--eval', `import { bundleWorkflowCode } from '@temporalio/worker'; ${BUNDLES}`],
  'by a module of the SDK': [
    '--eval',
    `const { bundleWorkflowCode } = require('@temporalio/worker/lib/workflow/bundler'); ${BUNDLES}`,
  ],
};

function node(args: string[], options?: string): Promise<{ stdout: string; stderr: string }> {
  const env = { ...process.env, NODE_OPTIONS: '', ...(options !== undefined && { TEMPORAL_REAPER_OPTIONS: options }) };
  return run(process.execPath, args, { cwd: root, env });
}
const PRELOAD = ['--require', 'temporal-reaper/preload'];

test.each(Object.entries(programs))('a bundle of a program that loads the SDK %s', async (_how, program) => {
  const [plain, ours] = [await node(program), await node([...PRELOAD, ...program])];
  expect(plain.stdout).toBe('false\n');
  expect(ours.stdout).toBe('true\n');
  expect(ours.stderr).toContain(LINE);
});

test('options come from the environment', async () => {
  const program = [...PRELOAD, ...programs['by require']];
  expect((await node(program, '{ "workflowInterceptor": false }')).stdout).toBe('false\n');
  const env = { ...process.env, NODE_OPTIONS: '', TEMPORAL_REAPER_WORKFLOW_INTERCEPTOR: 'false' };
  expect((await run(process.execPath, program, { cwd: root, env })).stdout).toBe('false\n');
});

test.each([
  ['{ "grace": 1 }', 'ReaperPlugin has no option "grace"'],
  ['{ grace: 1 }', 'TEMPORAL_REAPER_OPTIONS is not JSON'],
  ['[]', 'TEMPORAL_REAPER_OPTIONS: ReaperPlugin must be an object'],
])('options %s are refused before the program begins', async (options, message) => {
  const refused = await node([...PRELOAD, ...programs['by require']], options).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining(message) as string });
  expect(refused).toMatchObject({ stderr: expect.stringContaining("code: 'OPTION_INVALID'") as string });
});

test('a program without the SDK is left alone, and hears nothing', async () => {
  const program = `console.log(Object.keys(require.cache).filter((file) => file.includes('@temporalio')).length)`;
  expect(await node([...PRELOAD, '--eval', program], 'no JSON')).toEqual({ stdout: '0\n', stderr: '' });
});

test('a Worker that has the plugin, by itself or by its connection, gets no second one', async () => {
  const program = `
    const { ReaperPlugin } = require('temporal-reaper');
    const { Worker } = require('@temporalio/worker');
    const seen = [];
    const asked = { name: 'asked', configureWorker(options) {
      seen.push(options.plugins.filter(({ name }) => name === 'temporal-reaper').length);
      throw new Error('enough');
    } };
    (async () => {
      const own = new ReaperPlugin();
      await Worker.create({ taskQueue: 'a', plugins: [asked] }).catch(() => undefined);
      await Worker.create({ taskQueue: 'a', plugins: [asked, own] }).catch(() => undefined);
      await Worker.create({ taskQueue: 'a', plugins: [asked], connection: { plugins: [own] } }).catch(() => undefined);
      console.log(JSON.stringify(seen));
    })();`;
  expect((await node([...PRELOAD, '--eval', program])).stdout).toBe('[1,1,1]\n');
});
