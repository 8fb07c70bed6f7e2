/**
 * `npm test`: setup, format check, lint, then jest. Ends with one line `N passed, N failed, N skipped`.
 *   npm test -- [--no-lint] [jest arguments]
 * A suite that could not run, and a failed check (setup, format, lint), each count as one failure.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { setup } from './setup.mjs';
import { tally } from './tally.mjs';

const jestArgs = process.argv.slice(2).filter((arg) => arg !== '--no-lint');
const lint = !process.argv.includes('--no-lint');
const results = join(root, 'test-results');

let running;
let stoppedBy;
function stop(signal) {
  stoppedBy ??= signal;
  running?.kill(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop(signal));

// npm sends a SIGTERM only to the shell between us, which dies without telling us.
const parent = process.ppid;
if (process.env.npm_lifecycle_event) {
  setInterval(() => process.ppid !== parent && stop('the end of npm'), 500).unref();
}

let failedChecks = 0;
function failCheck(what) {
  failedChecks += 1;
  console.error(`FAILED: ${what}`);
}

/** Runs a command in its own process group, tied to this process: nothing of it outlives us. */
function run(command, args, env = {}) {
  const tie = join(root, 'scripts', 'die-with-parent.mjs');
  return new Promise((resolve, reject) => {
    if (stoppedBy) return resolve(1);
    running = spawn(process.execPath, [tie, '5000', command, ...args], {
      cwd: root,
      detached: true,
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    running.on('error', reject);
    running.on('exit', (code) => {
      running = undefined;
      resolve(code ?? 1);
    });
  });
}

async function check(script) {
  if (stoppedBy) return;
  console.log(`npm run ${script}`);
  if ((await run('npm', ['run', '--silent', script])) !== 0) failCheck(`npm run ${script}`);
}

async function jest(cli) {
  if (stoppedBy) return undefined;
  mkdirSync(results, { recursive: true });
  removeOldLogs();
  // A separate name until it is complete: concurrent runs must not read each other's results.
  const resultFile = join(results, `jest.${process.pid}.json`);
  // execa is ESM only, and jest loads ESM only with this flag. On the command line, it does not reach the tests' children.
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const bin = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
  const args = [...flags, bin, '--json', `--outputFile=${resultFile}`, ...jestArgs];
  const code = await run(process.execPath, args, { TEMPORAL_CLI: cli.path });
  if (!existsSync(resultFile)) return { code, result: undefined };
  const result = JSON.parse(readFileSync(resultFile, 'utf8'));
  renameSync(resultFile, join(results, 'jest.json'));
  return { code, result };
}

/** Each dev server leaves a log; keep it for a day. */
function removeOldLogs() {
  for (const name of readdirSync(results).filter((file) => /^temporal-.*\.log$/.test(file))) {
    const file = join(results, name);
    if (Date.now() - statSync(file).mtimeMs > 86_400_000) rmSync(file, { force: true });
  }
}

async function main() {
  let cli;
  try {
    cli = await setup();
  } catch (error) {
    failCheck(`setup: ${error.message}`);
    return finish({ passed: 0, failed: 0, skipped: 0 });
  }
  if (lint) {
    await check('format:check');
    await check('lint');
  }
  const outcome = await jest(cli);
  finish(tally(outcome, { filtered: jestArgs.some((arg) => /^(-t|--testNamePattern)/.test(arg)) }));
}

function finish({ passed, failed, skipped, lines = [] }) {
  for (const line of lines) console.log(line);
  if (stoppedBy) console.error(`stopped by ${stoppedBy}`);
  const allFailed = failed + failedChecks;
  const nothingRan = passed + failed === 0;
  process.exitCode = allFailed > 0 || nothingRan || stoppedBy ? 1 : 0;
  console.log(`${passed} passed, ${allFailed} failed, ${skipped} skipped`);
}

await main();
