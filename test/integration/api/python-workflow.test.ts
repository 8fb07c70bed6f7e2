import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../../dev/dev-server';
import { Scene, extension } from '../../fixtures/plugin/scene';
import { skippedFor } from '../../helpers/another-user';
import { testServerAddress } from '../../helpers/dev-server';
import { pythonSdk } from '../../helpers/python-sdk';

jest.setTimeout(120_000);

const PROGRAM = join(projectRoot(), 'test/fixtures/python/run_command.py');
const sdk = pythonSdk();
const obstacle = sdk === undefined ? "Temporal's Python SDK cannot be installed here" : undefined;

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open('python');
});
afterAll(() => scene?.end());

/** What a Python workflow gets for these commands, which run on a TypeScript worker. */
async function outcomesOf(commands: object[]): Promise<unknown[]> {
  const { taskQueue } = await scene.worker({ extend: extension('runs-commands') });
  const args = [PROGRAM, testServerAddress(), scene.namespace, taskQueue, JSON.stringify(commands)];
  const { stdout } = await promisify(execFile)('python3', args, {
    env: { ...process.env, PYTHONPATH: sdk },
    timeout: 90_000,
  });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

(obstacle ? test.skip : test)(`a Python workflow runs commands${skippedFor(obstacle)}`, async () => {
  const outcomes = await outcomesOf([
    { file: 'echo', args: ['hello'], cwd: null },
    { script: 'echo why >&2; exit 4' },
    { file: 'make', shell: true },
  ]);
  expect(outcomes).toMatchObject([
    { result: { exitCode: 0, stdout: 'hello\n', stderr: '', truncated: false, stdoutBytes: 6 } },
    { type: 'COMMAND_FAILED', details: [{ exitCode: 4, stderr: 'why\n' }] },
    { type: 'OPTION_INVALID', details: [] },
  ]);
});
