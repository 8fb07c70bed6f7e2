#!/usr/bin/env node
import { EXIT_CODE } from './exit-codes';
import type { CliContext } from './context';
import { runCli } from './run';

const { stdin, stdout, stderr, env } = process;

// `temporal-reaper ps | head`: the reader closed the pipe because it has enough. EIO: the terminal is gone.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  process.exit(EXIT_CODE.done);
});

/** gRPC takes most of the time that a command takes to start, and half of the commands need none. */
const connect: CliContext['connect'] = async (flags) => (await import('./connect.js')).connectClient(flags);

const leave: CliContext['leave'] = (code) => process.exit(code);

void runCli(process.argv.slice(2), { stdin, stdout, stderr, env, signals: process, connect, leave }).then((code) => {
  process.exitCode = code;
  // The request that we stopped waiting for would keep the process alive.
  if (code === EXIT_CODE.interrupted) process.exit(code);
});
