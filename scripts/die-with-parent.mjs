/**
 * Runs a command that ends when its starter ends, even by SIGKILL:
 *   die-with-parent.mjs <graceMs> <command> [args...]
 * Start it with `detached: true` (its own process group) and a pipe as standard input, and keep that pipe open.
 * When the pipe closes, or on SIGTERM/SIGINT, the whole group gets the signal, and SIGKILL after graceMs.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const [graceMs, command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
let stopping = false;

function stop(signal) {
  if (stopping) return;
  stopping = true;
  process.kill(0, signal); // our process group, including ourselves, but we handle the signal
  setTimeout(killGroup, Number(graceMs));
}

/** Kills this process too: nothing of the group can stay behind. */
function killGroup() {
  process.kill(0, 'SIGKILL');
}

process.on('SIGTERM', () => stop('SIGTERM'));
process.on('SIGINT', () => stop('SIGINT'));
process.stdin.on('end', () => stop('SIGTERM')).on('error', () => stop('SIGTERM'));
process.stdin.resume();

child.on('error', (error) => {
  console.error(`${command} cannot be run: ${error.message}`);
  process.exit(127);
});
child.on('exit', (code, signal) => {
  if (stopping) killGroup();
  process.exit(code ?? 128 + constants.signals[signal]);
});
