/**
 * Runs Temporal's own TypeScript test suite and samples without the plugin and with it (preloaded), and writes the
 * differences to docs/compatibility.md.
 *   node scripts/compatibility.mjs [--suite FOLDER] [--samples FOLDER] [options] [names...]
 * FOLDER is a checkout outside this project, with its dependencies installed and its code compiled: the suite's tests in
 * packages/test/lib, each sample in its own folder. Results are kept there, in compatibility.json.
 *   names           only these test files or samples
 *   --differing     only those that differed
 *   --missing       only those that lack a run
 *   --with          only the runs with the plugin; those without are taken from the results
 *   --without       only the runs without
 *   --write         run nothing, only write the page
 *   --limit N       seconds for one test file or sample; default 240
 *   --minutes N     start nothing more after this time; default 150. Continue with --missing
 *   --times N       number of runs of each kind if they differ; default 2
 * Port 7233 must be free: a dev server is started there for each run. `unshare --net` gives a network without neighbours.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installInto, sdkVersion } from './compatibility/install.mjs';
import { writePage } from './compatibility/page.mjs';
import { differences } from './compatibility/results.mjs';
import { runSample, sampleNames } from './compatibility/samples.mjs';
import { runTestFile, testFiles } from './compatibility/suite.mjs';
import { root } from './paths.mjs';
import { setup } from './setup.mjs';

const PORT = 7233;
/** The settings that the SDK's own CI gives its server. */
const DYNAMIC_CONFIG = [
  'system.enableActivityEagerExecution=true',
  'history.enableRequestIdRefLinks=true',
  'frontend.activityAPIsEnabled=true',
  'activity.enableStandalone=true',
  'activity.startDelayEnabled=true',
  'activity.longPollTimeout="5000ms"',
  'history.enableChasm=true',
  'history.enableTransitionHistory=true',
];

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    suite: { type: 'string' },
    samples: { type: 'string' },
    differing: { type: 'boolean', default: false },
    missing: { type: 'boolean', default: false },
    with: { type: 'boolean', default: false },
    without: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    limit: { type: 'string', default: '240' },
    times: { type: 'string', default: '2' },
    minutes: { type: 'string', default: '150' },
  },
});
const kinds = ['without', 'with'].filter((kind) => options[kind] || (!options.with && !options.without));
const limitSeconds = Number(options.limit);

const parts = [
  { part: 'suite', folder: options.suite, list: testFiles, run: runTestFile },
  { part: 'samples', folder: options.samples, list: sampleNames, run: runSample },
].filter(({ folder }) => folder !== undefined);
if (parts.length === 0) throw new Error('Give --suite FOLDER, --samples FOLDER, or both');

function load(folder) {
  const file = join(folder, 'compatibility.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** Changes the entry of one name. Reads the file again, because runs with and without may happen at the same time. */
function update(folder, name, change) {
  const results = load(folder);
  results[name] = { ...results[name], ...change(results[name] ?? {}) };
  const file = join(folder, 'compatibility.json');
  writeFileSync(`${file}.${process.pid}`, `${JSON.stringify(results, null, 1)}\n`);
  renameSync(`${file}.${process.pid}`, file);
  return results[name];
}

function environment(kind, cli) {
  const preloads = [join(root, 'scripts', 'compatibility', 'local-server.cjs')];
  if (kind === 'with') preloads.push('temporal-reaper/preload');
  return { TEMPORAL_CLI: cli, NODE_OPTIONS: preloads.map((name) => `--require=${name}`).join(' ') };
}

async function runOnce({ folder, run }, name, kind, cli) {
  const log = join(folder, 'logs', `${name}.${kind}.log`);
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const { startDevServer } = await import('../dist/dev/dev-server.js');
  const server = await startDevServer({
    port: PORT,
    logDir: join(folder, 'logs'),
    extraArgs: DYNAMIC_CONFIG.flatMap((value) => ['--dynamic-config-value', value]),
  });
  try {
    const result = await run(folder, name, { env: environment(kind, cli), log, limitSeconds });
    console.log(`${name} ${kind}: ${summary(result)}`);
    return result;
  } finally {
    await server.stop();
  }
}

function summary({ tests, ending, seconds }) {
  const count = (status) => Object.values(tests).filter((it) => it === status).length;
  return `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped, ${ending}, ${seconds} s`;
}

async function compare(part, cli) {
  const { folder, list } = part;
  if (kinds.includes('with')) installInto(folder);
  const results = load(folder);
  const known = list(folder);
  // In the order given.
  const chosen = (names.length === 0 ? known : names.filter((name) => known.includes(name)))
    .filter((name) => !options.differing || differences(results[name]).length > 0)
    .filter((name) => !options.missing || kinds.some((kind) => !results[name]?.[kind]?.length));
  console.log(`${chosen.length} of ${part.part}, SDK ${sdkVersion(folder)}`);
  for (const name of chosen) {
    if (performance.now() > Number(options.minutes) * 60_000) return console.log(`Time is up before ${name}`);
    // Results of an earlier build do not count for this one.
    let entry = update(folder, name, () => Object.fromEntries(kinds.map((kind) => [kind, []])));
    const add = async (kind) => {
      const result = await runOnce(part, name, kind, cli);
      entry = update(folder, name, (noted) => ({ [kind]: [...(noted[kind] ?? []), result] }));
    };
    for (const kind of kinds) await add(kind);
    for (let time = 1; time < Number(options.times) && differences(entry).length > 0; time += 1) {
      for (const kind of ['without', 'with']) await add(kind);
    }
    for (const { title, without, with: ours } of differences(entry)) {
      console.log(`  differs: ${title}: ${without}, with the plugin ${ours}`);
    }
  }
}

if (!options.write) {
  const cli = await setup();
  for (const part of parts) await compare(part, cli.path);
}
writePage(
  Object.fromEntries(
    parts.map(({ part, folder, list }) => [
      part,
      { results: load(folder), sdk: sdkVersion(folder), folder, known: list(folder) },
    ]),
  ),
);
console.log(`${Math.round(performance.now() / 60_000)} min; docs/compatibility.md is written`);
process.exit(0);
