/**
 * Cleans up after a demo, however it ended: `node watchdog.js <run> <folder>`. When its standard input closes, it kills
 * what is left of the run and removes the folder.
 */
import { rmSync } from 'node:fs';
import { sweep } from './kernel';

const [run, folder] = process.argv.slice(2);
let ending = false;

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  await sweep(run, ({ pid }) => pid === process.pid);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  process.exit(0);
}

// It ends with its demo, never before.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
process.stdin.on('end', () => void end()).on('error', () => void end());
process.stdin.resume();
