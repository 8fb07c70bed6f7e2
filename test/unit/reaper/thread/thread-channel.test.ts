import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const FIXTURES = join(__dirname, '../../../../dist/test/fixtures/plugin');

test('a thread that fails once its level is open says why', async () => {
  const args = ['-r', join(FIXTURES, 'fails-in-threads.js'), join(FIXTURES, 'thread-that-fails.js')];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
  expect(stdout.trim().split('\n')).toEqual(['ready: basic', 'crashed: no reaper in this thread', 'ended']);
});
