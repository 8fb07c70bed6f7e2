import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from '../../../dev/dev-server';

/*
 * The listener of the SDK takes itself away at the first signal. The second one is there before that turn of the loop is
 * over, sent by the listener itself, or long after.
 */
function end(
  signals: 1 | 2,
  more = '',
  { hold = true, later = false } = {},
): { signal: NodeJS.Signals | null; stdout: string } {
  const program = `
    const { holdSignals } = require(${JSON.stringify(join(projectRoot(), 'dist', 'src', 'worker', 'hold-signals.js'))});
    const sdk = () => {
      process.off('SIGTERM', sdk);
      const again = () => process.kill(process.pid, 'SIGTERM');
      if (${signals === 2}) ${later ? 'setTimeout(again, 100)' : 'again()'};
      setTimeout(() => console.log('in order'), 300);
    };
    process.on('SIGTERM', sdk);
    if (${hold}) holdSignals(['SIGTERM', 'SIGINT']);
    ${more}
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => undefined, 300);
  `;
  const { signal, stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
    encoding: 'utf8',
    cwd: projectRoot(),
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  if (stderr !== '') throw new Error(stderr);
  return { signal, stdout };
}

const signalExit = `require(require.resolve('signal-exit', { paths: [require.resolve('execa')] })).onExit(() => undefined);`;
const user = `let heard = 0; process.on('SIGTERM', () => console.log('heard ' + ++heard));`;

test.each([
  ['alone', ''],
  ['with signal-exit, which execa loads', signalExit],
])('one signal is an orderly shutdown, %s', (_who, more) => {
  expect(end(1, more)).toEqual({ signal: null, stdout: 'in order\n' });
});

test.each([
  ['at once, alone', '', false],
  ['at once, with signal-exit', signalExit, false],
  ['later, alone', '', true],
  ['later, with signal-exit', signalExit, true],
])('a second one ends the process: %s', (_who, more, later) => {
  expect(end(2, more, { later })).toEqual({ signal: 'SIGTERM', stdout: '' });
});

test('a listener of the user hears each once, and decides', () => {
  expect(end(2, user)).toEqual({ signal: null, stdout: 'heard 1\nheard 2\nin order\n' });
});

test('the control: without the hold, signal-exit ends it at the first', () => {
  expect(end(1, signalExit, { hold: false })).toEqual({ signal: 'SIGTERM', stdout: '' });
});
