import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { NODE_FLAGS } from '../../../src/guardian/guardian-link';

const FIXTURE = resolve(__dirname, '../../../dist/test/fixtures/guardian/many-processes.js');

/** What a guardian with these flags says of a table of so many processes. */
function guard(flags: string[], processes: number): { status: number | null; signal: string | null; said: string } {
  const { status, signal, stdout } = spawnSync(process.execPath, [...flags, FIXTURE, String(processes)], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH },
    timeout: 50_000,
  });
  return { status, signal, said: stdout };
}

test('a guardian looks at 100,000 processes and finds the one it has to kill', () => {
  expect(guard(NODE_FLAGS, 100_000)).toEqual({ status: 0, signal: null, said: 'found 1\n' });
});

test('negative control: with too little memory it dies of it', () => {
  const flags = NODE_FLAGS.map((flag) => (flag.startsWith('--max-old-space-size') ? '--max-old-space-size=24' : flag));
  expect(guard(flags, 100_000)).toMatchObject({ said: '' });
});
