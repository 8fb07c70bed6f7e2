import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from './program.mjs';
import { parseTap } from './tap.mjs';

/**
 * How to run each sample: start its worker, run its clients one after another, then end the worker with SIGINT; or run its
 * own tests with mocha. Compiled code is in `folder`, by default `lib`. A worker with `traces` prints every option and every
 * step of the SDK: its output is not compared.
 */
const SAMPLES = JSON.parse(readFileSync(new URL('./samples.json', import.meta.url), 'utf8'));

const READY = /RUNNING/;
/** Webpack's report on a bundle: the interceptor makes the bundle larger. */
const BUNDLE_STATS = /asset workflow-bundle-[^]*?webpack [\d.]+ compiled/g;
const READY_SECONDS = 60;

/** The samples that exist in the folder. */
export function sampleNames(folder) {
  return SAMPLES.map(({ name }) => name).filter((name) => existsSync(join(folder, name)));
}

export async function runSample(folder, name, { env, log, limitSeconds }) {
  const {
    tests,
    folder: code = 'lib',
    workers = ['worker.js'],
    clients = [['client.js']],
    traces = false,
  } = SAMPLES.find((sample) => sample.name === name);
  const cwd = join(folder, name);
  const options = (what) => ({ cwd, env, log: log.replace(/log$/, `${what.replaceAll('/', '.')}.log`) });
  const begun = performance.now();
  const seconds = () => Math.round((performance.now() - begun) / 1_000);
  if (tests) {
    const mocha = join(folder, 'node_modules', 'mocha', 'bin', 'mocha.js');
    const command = [process.execPath, mocha, '--exit', '--reporter', 'tap', '--timeout', '60000', tests];
    const { stdout, code: exit, timedOut } = await start(command, options('tests')).finish(limitSeconds);
    return { ...parseTap(stdout), ending: endingOf(exit, timedOut), seconds: seconds() };
  }
  const running = workers.map((file) => ({
    file,
    program: start([process.execPath, join(code, file)], options(file)),
  }));
  const result = { tests: {}, why: {} };
  try {
    for (const { file, program } of running) await isReady(file, program);
    for (const [file, ...args] of clients) {
      const client = start([process.execPath, join(code, file), ...args], options(`${file}${args.length}`));
      note(result.tests, [file, ...args].join(' '), await client.finish(limitSeconds), client.output());
    }
    for (const { program } of running) program.signal('SIGINT');
  } finally {
    for (const { file, program } of running)
      note(result.tests, file, await program.finish(60), traces ? '' : program.output());
  }
  const failed = Object.values(result.tests).some((status) => status === 'failed');
  return { ...result, ending: failed ? 'failed' : 'exit 0', seconds: seconds() };
}

function endingOf(code, timedOut) {
  return timedOut ? 'no end in time' : `exit ${code}`;
}

/** The exit of a program, and each line that it prints, count as a test. */
function note(tests, what, { code, timedOut }, output) {
  tests[`${what} ends: ${endingOf(code, timedOut)}`] = 'passed';
  for (const line of linesOf(output)) tests[`${what} prints: ${line}`] = 'passed';
}

/** The output of a program without what changes from run to run: times, ids, numbers, sizes, and the preload's own line. */
function linesOf(output) {
  const lines = output
    .replaceAll(/\u001b\[[\d;]*m/g, '')
    .replaceAll(BUNDLE_STATS, 'a bundle, compiled')
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/gi, 'ID')
        .replaceAll(/(?<=(?:workflow|request|activity|batch|saga|test)-)[\w-]{16,}/gi, 'ID')
        .replaceAll(/\b[\da-f]{16,}\b/gi, 'ID')
        // nanoid, and cuid
        .replaceAll(/(?<![\w-])[\w-]{21}(?=-\d+\b|$|[^\w-])/g, 'ID')
        .replaceAll(/\bc[\da-z]{24}\b/g, 'ID')
        .replaceAll(/<Buffer [^>]*>/g, 'BYTES')
        .replaceAll(/[\w+/]{40,}={0,2}/g, 'DATA')
        .replaceAll(/\d+(?:[.,:]\d+)*/g, 'N')
        // Which property comes last is random.
        .replace(/,$/, '')
        // Columns are as wide as their contents.
        .replaceAll(/─+/g, '─')
        .replaceAll(/\s+/g, ' '),
    )
    .filter(
      (line) =>
        /[a-z]/i.test(line.replaceAll('N', '')) && !/^temporal-reaper: on for|\/worker\/preload\.js:/.test(line),
    );
  return new Set(lines.map((line) => line.slice(0, 200)));
}

/** A worker logs when it is ready; one that does not gets READY_SECONDS. */
async function isReady(file, program) {
  const deadline = Date.now() + READY_SECONDS * 1_000;
  while (!READY.test(program.output()) && Date.now() < deadline && !program.ended()) await sleep(50);
  if (program.ended()) console.error(`${file} ended before it ran`);
}
