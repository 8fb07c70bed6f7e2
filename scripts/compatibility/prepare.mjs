/**
 * Prepares the folders in which scripts/compatibility.mjs runs, outside this project, from checkouts that you have cloned:
 *   node scripts/compatibility/prepare.mjs [--suite-source DIR] [--samples-source DIR] --to DIR [--sdk VERSION]
 * DIR/suite: the SDK's test package, compiled against the published packages. DIR/samples: the samples of samples.json,
 * each in its own folder, sharing one node_modules. What does not compile fails the same way with and without the plugin.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    'suite-source': { type: 'string' },
    'samples-source': { type: 'string' },
    to: { type: 'string' },
    sdk: { type: 'string', default: '1.24.0' },
  },
});
if (!options.to) throw new Error('Give --to DIR, outside this project');

const manifest = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const run = (cwd, [file, ...args]) => execFileSync(file, args, { cwd, stdio: 'inherit' });
/** Types that do not match the published packages do not matter: tsc emits the code anyway. */
const compile = (cwd, node_modules, ...args) =>
  spawnSync(process.execPath, [join(node_modules, 'typescript', 'bin', 'tsc'), ...args], { cwd, stdio: 'inherit' });

/** Development tools that no run needs. */
const TOOLS = /eslint|prettier|nodemon|husky|commitlint|verdaccio|ts-prune|ts-node|installing|npm-run-all|jsdoc/;

/**
 * Installs the dependencies of the packages: those of the SDK in one version, or in their newest if they lag behind it.
 * What the SDK itself depends on is installed once for both: a second protobufjs would not know the types of the first.
 */
function install(folder, packages) {
  const wanted = Object.assign({}, ...packages.flatMap((it) => [it.dependencies, it.devDependencies]));
  const own = new Set(packages.map(({ name }) => name));
  const shared = { ...view('@temporalio/common', 'dependencies'), ...view('@temporalio/nexus', 'dependencies') };
  const dependencies = {};
  for (const [name, range] of Object.entries(wanted)) {
    if (TOOLS.test(name) || own.has(name)) continue;
    const isOfSdk = name.startsWith('@temporalio/');
    dependencies[name] = isOfSdk ? (view(name, 'version') ?? `<${options.sdk}`) : (shared[name] ?? range);
  }
  const ours = Object.keys(dependencies).filter((name) => dependencies[name] === options.sdk);
  const overrides = Object.fromEntries(ours.map((name) => [name, `$${name}`]));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies, overrides }, null, 2));
  run(folder, ['npm', 'install', '--no-audit', '--no-fund', '--legacy-peer-deps']);
}

/** The registry's answer for that version; undefined when there is no such version. */
function view(name, what) {
  const { stdout } = spawnSync('npm', ['view', '--json', `${name}@${options.sdk}`, what], { cwd: resolve(options.to) });
  const answer = JSON.parse(stdout.toString() || 'null');
  return answer && !answer.error ? answer : undefined;
}

function prepareSuite(source, folder) {
  const parts = ['packages/test', 'packages/test-helpers'];
  for (const part of parts) cpSync(join(source, part), join(folder, part), { recursive: true });
  cpSync(join(source, 'tsconfig.base.json'), join(folder, 'tsconfig.base.json'));
  const packages = [manifest(source), ...parts.map((part) => manifest(join(folder, part)))];
  install(folder, packages);
  const modules = join(folder, 'node_modules');
  // The published package contains the protocol files; link it to the place where the tests look for them.
  symlinkSync(join(modules, '@temporalio', 'core-bridge'), join(folder, 'packages', 'core-bridge'));
  symlinkSync(join(folder, parts[1]), join(modules, '@temporalio', 'test-helpers'));
  symlinkSync(join(folder, parts[0]), join(modules, '@temporalio', 'test'));
  run(join(folder, parts[0]), [join(modules, '.bin', 'tsx'), 'scripts/compile-proto.ts']);
  for (const part of [parts[1], parts[0]]) {
    const file = join(folder, part, 'tsconfig.json');
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), references: [] }));
    compile(join(folder, part), modules, '-p', file, '--composite', 'false', '--incremental', 'false', '--declaration');
  }
}

function prepareSamples(source, folder) {
  const samples = JSON.parse(readFileSync(new URL('./samples.json', import.meta.url), 'utf8'));
  const names = samples.map(({ name }) => name).filter((name) => existsSync(join(source, name)));
  for (const name of names) cpSync(join(source, name), join(folder, name), { recursive: true });
  const needed = { devDependencies: { mocha: '10.x' } };
  install(folder, [...names.map((name) => manifest(join(folder, name))), needed]);
  const modules = join(folder, 'node_modules');
  for (const name of names) {
    const cwd = join(folder, name);
    const { scripts = {} } = manifest(cwd);
    const protos = scripts['build:protos'];
    if (protos) run(cwd, ['sh', '-c', `PATH=${join(modules, '.bin')}:$PATH; ${protos}`]);
    if (existsSync(join(cwd, 'tsconfig.json'))) compile(cwd, modules, '-p', '.', '--incremental', 'false');
  }
}

for (const [part, prepare] of Object.entries({ suite: prepareSuite, samples: prepareSamples })) {
  const source = options[`${part}-source`];
  if (!source) continue;
  const folder = join(resolve(options.to), part);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  prepare(resolve(source), folder);
}
