#!/usr/bin/env node
import { connect } from './connect';
import { EXIT } from './exit-codes';
import { run } from './run';

const { stdin, stdout, stderr, env } = process;

// `temporal-reaper ps | head`: the reader has what it wants.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.done);
});

void run(process.argv.slice(2), { stdin, stdout, stderr, env, signals: process, connect }).then((code) => {
  process.exitCode = code;
  // Whom we no longer wait for would keep us alive.
  if (code === EXIT.interrupted) process.exit(code);
});
