import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../paths.mjs';

const TIE = join(root, 'scripts', 'die-with-parent.mjs');

/**
 * Starts a program in its own process group, which ends with us. All its output goes to `log`.
 * @param {string[]} command @param {{ cwd: string, env: object, log: string }} options
 */
export function start([file, ...args], { cwd, env, log }) {
  mkdirSync(dirname(log), { recursive: true });
  const copy = createWriteStream(log);
  // The wrapper is ours: NODE_OPTIONS, with its preloads, is only for the program.
  const child = spawn(process.execPath, [TIE, '5000', 'env', ...assignments(env), file, ...args], {
    cwd,
    env: { ...process.env, NODE_OPTIONS: '' },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdin.on('error', () => undefined); // it has ended, and its exit is reported
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    copy.write(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
    copy.write(text);
  });
  const startedAt = performance.now();
  const exited = new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 127, error: error.message }));
    child.once('exit', (code, signal) => resolve({ code: code ?? signal }));
  });
  /** Kills whatever is left of its process group. */
  const end = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
  return {
    exited,
    end,
    stdout: () => stdout,
    output: () => stdout + stderr,
    ended: () => child.exitCode !== null || child.signalCode !== null,
    /** Signals only the program: signalling the wrapper would end the whole group. */
    signal(name) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8');
      process.kill(Number(children.trim().split(' ')[0]), name);
    },
    /** Resolves with its exit, or with `timedOut` after so many seconds; nothing of its group is left afterwards. */
    async finish(limitSeconds) {
      const exit = await Promise.race([
        exited,
        sleep(limitSeconds * 1_000, { timedOut: true, code: null }, { ref: false }),
      ]);
      end();
      await Promise.race([exited, sleep(5_000)]);
      copy.end();
      return { ...exit, stdout, seconds: Math.round((performance.now() - startedAt) / 1_000) };
    },
  };
}

function assignments(env) {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}
