/** Commands with a time limit, and cleanup that must happen however the script ends. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Adds the folders of administrators' programs, which a PATH may lack. */
const PATH = `${process.env.PATH}${delimiter}/usr/sbin${delimiter}/sbin`;

/** @returns its output; throws an error with its output unless it exits with 0 in time */
export function run(command, args, { seconds = 60, ...options } = {}) {
  const env = { ...process.env, PATH, ...options.env };
  const given = { encoding: 'utf8', maxBuffer: 1 << 28, ...options, env };
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    ...given,
    timeout: seconds * 1_000,
    killSignal: 'SIGKILL',
  });
  if (status === 0) return stdout;
  const how = error?.message ?? (signal ? `ended by ${signal}` : `exit code ${status}`);
  throw new Error(`${command} ${args.slice(0, 3).join(' ')}: ${how}\n${`${stderr}\n${stdout}`.trim().slice(-2_000)}`);
}

/** Waits for a condition. @returns what it gave at last; throws an error that says what it waited for */
export async function until(what, condition, seconds = 60) {
  for (const end = Date.now() + seconds * 1_000; ; await delay(20)) {
    const given = await condition();
    if (given) return given;
    if (Date.now() > end) throw new Error(`In vain until ${what}`);
  }
}

/** The path of a program; undefined if it is not installed. */
export function which(command) {
  return PATH.split(delimiter)
    .map((folder) => join(folder, command))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** @returns the Debian packages of the programs that are not installed; `needs` maps programs to packages */
export function missingPackages(needs) {
  return [...new Set(Object.entries(needs).flatMap(([command, name]) => (which(command) ? [] : [name])))];
}

const cleanups = [];

/** Runs when the script ends in any way but SIGKILL; the last one registered runs first. */
export function atTheEnd(cleanup) {
  cleanups.push(cleanup);
}

/** Runs each cleanup, even if others fail. */
export function cleanUp() {
  for (const cleanup of cleanups.splice(0).reverse()) {
    try {
      cleanup();
    } catch (error) {
      console.error(`Not cleaned up: ${error.message}`);
    }
  }
}

process.on('exit', cleanUp);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));
