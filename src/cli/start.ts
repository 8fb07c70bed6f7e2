import { EXIT_CODE } from './exit-codes';
import type { CliContext } from './context';
import { runCli } from './run';

const { stdin, stdout, stderr, env } = process;

let isReaderGone = false;

/** `temporal-reaper ps | head`: the reader has enough. EIO: the terminal is gone. A command that has to end in order hears of it. */
function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  if (isReaderGone) return;
  isReaderGone = true;
  if (process.listenerCount('SIGHUP') === 0) process.exit(EXIT_CODE.done);
  process.emit('SIGHUP', 'SIGHUP');
}

stdout.on('error', onOutputError);
stderr.on('error', onOutputError);

/** gRPC takes most of the time that a command takes to start, and half of the commands need none. */
const connect: CliContext['connect'] = async (flags) => (await import('./connect.js')).connectClient(flags);

const leave: CliContext['leave'] = (code) => process.exit(code);

void runCli(process.argv.slice(2), { stdin, stdout, stderr, env, signals: process, connect, leave }).then((code) => {
  process.exitCode = code;
  // The request that we stopped waiting for would keep the process alive.
  if (code === EXIT_CODE.interrupted) process.exit(code);
});
