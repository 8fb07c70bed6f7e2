/** Every example, as its README says: start it, press Ctrl-C in the client. The kernel is the witness. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../dev/dev-server';
import { skippedFor } from '../helpers/another-user';
import { isRunning, parentOf, procFile, sessionOf } from '../helpers/kernel-oracle';
import { packedProject } from '../helpers/packed-project';
import { PYTHON_SDK_VERSION, pythonSdk } from '../helpers/python-sdk';
import { waitUntil } from '../helpers/wait-until';
import { type ExampleRun, killNow } from './example-run';
import { ExampleSuite, cancelled, withOwnBin } from './example-suite';

jest.setTimeout(60_000);

const exec = promisify(execFile);
const root = projectRoot();

interface Manifest extends Record<'dependencies' | 'devDependencies' | 'peerDependencies', Record<string, string>> {
  version: string;
  peerDependenciesMeta: Record<string, { optional?: boolean }>;
}

let suite: ExampleSuite;
let run: ExampleRun;

beforeAll(async () => {
  suite = await ExampleSuite.open(packedProject());
});
afterEach(() => suite?.endRuns());
afterAll(() => suite?.close());

test('each manifest names this version, and otherwise the ranges of the package', () => {
  const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
  const ours = read('package.json');
  const peers = Object.keys(ours.peerDependencies).filter((name) => !ours.peerDependenciesMeta[name]?.optional);
  const ranges: Record<string, string> = {
    ...ours.dependencies,
    ...ours.devDependencies,
    ...ours.peerDependencies,
    'temporal-reaper': `file:../../temporal-reaper-${ours.version}.tgz`,
  };
  for (const name of readdirSync(join(root, 'examples')).filter((entry) => !entry.includes('.'))) {
    const { dependencies, devDependencies } = read(`examples/${name}/package.json`);
    const named = { ...dependencies, ...devDependencies };
    const pin = named['@temporalio/workflow-streams']; // it goes with one version of the SDK only
    const rangeOf = (dependency: string): string =>
      pin && dependency.startsWith('@temporalio/') ? pin : ranges[dependency];
    // A peer that it does not name, npm would take in its newest version.
    const needed = pin ? peers : [];
    const expected = [...Object.keys(named), ...needed].map((dependency) => [dependency, rangeOf(dependency)]);
    expect([name, named]).toEqual([name, Object.fromEntries(expected)]);
  }
});

/** Changes a file of the example's copy, for a negative control. */
function edit({ folder }: ExampleRun, file: string, what: RegExp | string, to: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, 'utf8');
  const edited = text.replace(what, to);
  expect(edited).not.toBe(text);
  writeFileSync(path, edited);
}

test.each(['hello-cjs', 'hello-esm'])('%s', async (name) => {
  run = await suite.copyOf(name);
  run.start();
  await run.runs('sh -c while', 'sleep 1', 'cat');
  await cancelled(run);
});

test('negative control: without the plugin the processes outlive the cancel', async () => {
  run = await suite.copyOf('hello-esm', 'hello-without');
  edit(run, 'worker.js', /^ *plugins: .*\n/m, '');
  run.start();
  const jobs = await run.runs('sh -c while', 'sleep 1', 'cat');
  const pipeline = [...jobs].filter(([, line]) => !line.startsWith('sleep')).map(([pid]) => pid);
  expect(pipeline).toHaveLength(3);
  expect(await run.client.interrupt()).toBe(0);
  expect(run.client.output).toContain('is cancelled');
  const ticks = (): number => run.worker.output.split('\n').length;
  const ticksAtCancel = ticks();
  await waitUntil('the clock goes on', () => ticks() >= ticksAtCancel + 2);
  expect(pipeline.filter((pid) => !isRunning(pid))).toEqual([]);
  pipeline.forEach(killNow);
});

test('hello-typescript', async () => {
  run = await suite.copyOf('hello-typescript');
  const tsc = join(suite.project, 'node_modules/typescript/bin/tsc');
  const { stdout } = await exec(process.execPath, [tsc, '-p', run.folder]).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
  run.start({ from: 'dist' });
  await run.runs('sh -c while', 'sleep 1', 'tail');
  await cancelled(run);
});

test('transcode: progress in the heartbeats', async () => {
  run = await suite.copyOf('transcode');
  run.start({ env: withOwnBin(run) });
  await run.runs('bin/ffmpeg -nostdin -y -i in.mov', 'sleep 1');
  await run.clientSays(/^at 00:0\d:\d\d/m);
  await cancelled(run);
});

test('agent-cli: the daemon dies too, the last output is kept, and the secret is in neither', async () => {
  run = await suite.copyOf('agent-cli');
  run.start({ env: { ...withOwnBin(run), AGENT_API_KEY: 'sesame-4711' } });
  const jobs = await run.runs('bin/agent fix the tests', 'sleep 3600', 'sleep 1', 'cat');
  const [daemon] = [...jobs].find(([, line]) => line === 'sleep 3600') ?? [0];
  const [agent] = [...jobs].find(([, line]) => line.endsWith('bin/agent fix the tests')) ?? [0];
  expect(sessionOf(daemon)).not.toBe(sessionOf(agent));
  expect(procFile(agent, 'environ')).toContain('AGENT_API_KEY=sesame-4711');
  const said = await cancelled(run);
  expect(said).toMatch(/API key: \*\*\*\nstep 1\n(step \d+\n)*interrupted: the session is saved\n/);
  expect(said).toMatch(/processes: [1-9]\d* exited, [1-9]\d* killed, 0 survived/);
  expect(run.output()).not.toContain('sesame');
});

test('simulator-farm: all licences are taken before the cancel, and none after it', async () => {
  run = await suite.copyOf('simulator-farm');
  run.start();
  const licences = join(run.folder, 'licences');
  await run.waitUntil('three simulators run', () => {
    const running = [...run.jobs().values()].filter((line) => line.startsWith('sh simulate.sh'));
    return running.length === 3;
  });
  await run.runs('sh -c while', 'sleep 1');
  expect(readdirSync(licences)).toHaveLength(3);
  const said = await cancelled(run);
  expect(readdirSync(licences)).toEqual([]);
  expect(said).toContain('licences still taken: 0');
});

test('gpu-job: the retry never runs beside the attempt that hangs', async () => {
  run = await suite.copyOf('gpu-job');
  run.start();
  await run.runs('sh train.sh 1', 'sleep 3600');
  const attempts = (): string[] => {
    const lines = [...run.jobs().values()].filter((line) => line.startsWith('sh train.sh'));
    return lines.map((line) => line.slice('sh train.sh '.length));
  };
  const seen = new Set<string>();
  await run.waitUntil('the retry runs', () => {
    const now = attempts().join(' beside ');
    seen.add(now);
    return now.includes('2');
  });
  expect([...seen].filter(Boolean)).toEqual(['1', '2']);
  expect(await isLocked(run)).toBe(true);
  await cancelled(run);
  expect(await isLocked(run)).toBe(false);
});

/** Whether a process holds the lock of the device, as the kernel says. */
function isLocked({ folder }: ExampleRun): Promise<boolean> {
  return exec('flock', ['--nonblock', join(folder, 'gpu0.lock'), 'true']).then(
    () => false,
    () => true,
  );
}

/** Starts the example with its daemon; returns the container's process and the client's. */
async function runsContainer(): Promise<{ container: number; docker: number; daemon: number }> {
  const daemon = run.startBeside('bin/dockerd');
  await waitUntil('the daemon listens', () => existsSync(join(run.folder, 'docker.sock')));
  run.start({ env: withOwnBin(run) });
  const jobs = [...(await run.runs('sh -c while', 'sleep 1'))];
  const [container] = jobs.find(([, line]) => line.startsWith('sh -c while')) ?? [0];
  const [docker] = jobs.find(([, line]) => line.includes('bin/docker run')) ?? [0];
  return { container, docker, daemon };
}

test('docker-run: the container dies, which is no child of the worker and has no marker', async () => {
  run = await suite.copyOf('docker-run');
  const { container, docker, daemon } = await runsContainer();
  expect(parentOf(container)).toBe(daemon);
  expect(parentOf(docker)).toBe(run.worker.child.pid);
  expect(procFile(docker, 'environ')).toContain('TEMPORAL_REAPER_');
  expect(procFile(container, 'environ')).not.toContain('TEMPORAL_REAPER_');
  await cancelled(run);
});

test('negative control: without its clean-up the container outlives the cancel', async () => {
  run = await suite.copyOf('docker-run', 'docker-without');
  edit(run, 'activities.js', /^ *(onKill|await untracked)\(remove\).*\n/gm, '');
  edit(run, 'worker.js', 'ReaperPlugin()', 'ReaperPlugin({ escalation: { graceMs: 200 } })');
  const { container, docker } = await runsContainer();
  expect(await run.client.interrupt()).toBe(0);
  expect(run.client.output).toContain('is cancelled');
  expect(await run.worker.interrupt()).toBe(0);
  expect([isRunning(docker), isRunning(container)]).toEqual([false, true]);
});

const python = pythonSdk();
const noPython = python === undefined ? "Temporal's Python SDK cannot be installed here" : undefined;

(noPython ? test.skip : test)(`python-workflow: a cancel in Python kills${skippedFor(noPython)}`, async () => {
  run = await suite.copyOf('python-workflow');
  expect(readFileSync(join(run.folder, 'requirements.txt'), 'utf8')).toBe(`temporalio==${PYTHON_SDK_VERSION}\n`);
  run.start({ env: { ...withOwnBin(run), PYTHONPATH: python }, client: ['python3', 'client.py', 'scene.blend'] });
  await run.runs('bin/blender --background scene.blend', 'sleep 1', 'cat');
  await cancelled(run);
});
