import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../../dev/dev-server';
import type { JestRun } from '../../fixtures/jest/ends-its-program';
import { testServerAddress } from '../../helpers/dev-server';
import { CancelSuite } from '../cancel/suite';

/*
 * A user's own Jest: its files share one process and Node's modules, but each has globals and a copy of this package of its
 * own.
 */
jest.setTimeout(180_000);

const FILES = ['first', 'second'];
const JEST = join(projectRoot(), 'node_modules', 'jest', 'bin', 'jest.js');
const CONFIG = {
  rootDir: join(projectRoot(), 'dist', 'test', 'fixtures', 'jest'),
  testRegex: `/(${FILES.join('|')})\\.js$`,
  transform: {},
  testEnvironment: 'node',
};

let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
  await suite.worker('workflows');
});
afterAll(() => suite.end());

/** Runs the files, one after the other in one process; how many of their tests have passed. */
async function runFiles(plugin: boolean): Promise<number> {
  const taskQueue = suite.unique(plugin ? 'with' : 'without');
  for (const file of FILES) {
    await suite.start('workflows', 'runAll', [[{ name: 'fails', args: [], taskQueue: `${taskQueue}-${file}` }]]);
  }
  const told: JestRun = { address: testServerAddress(), taskQueue, plugin };
  const args = [JEST, '--config', JSON.stringify(CONFIG), '--runInBand', '--json'];
  const env = { ...process.env, NODE_OPTIONS: '', JEST_RUN: JSON.stringify(told) };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return (JSON.parse(stdout) as { numPassedTests: number }).numPassedTests;
}

test('each file kills what its activity has left behind, the second one too', async () => {
  expect(await runFiles(true)).toBe(FILES.length);
});

test('negative control: without the plugin it lives', async () => {
  expect(await runFiles(false)).toBe(FILES.length);
});
