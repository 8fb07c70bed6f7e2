/** Every example, as its README says: start it, press Ctrl-C in the client. The kernel is the witness. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { projectRoot } from '../../dev/dev-server';
import { createNamespace } from '../fixtures/plugin/namespace';
import { testServerAddress } from '../helpers/dev-server';
import { isRunning, procFile, sessionOf, startTicks } from '../helpers/kernel-oracle';
import { packedProject } from '../helpers/packed-project';
import { waitUntil } from '../helpers/wait-until';
import { ExampleRun, killNow } from './example-run';

jest.setTimeout(60_000);

const exec = promisify(execFile);
const root = projectRoot();

interface Manifest extends Record<'dependencies' | 'devDependencies' | 'peerDependencies', Record<string, string>> {
  version: string;
}

let project: string;
let connection: Connection;
let run: ExampleRun | undefined;

beforeAll(async () => {
  connection = await Connection.connect({ address: testServerAddress() });
  project = await packedProject();
});
afterEach(async () => {
  await run?.end();
  run = undefined;
});
afterAll(async () => {
  await connection?.close();
  if (project) rmSync(project, { recursive: true, force: true });
});

async function copyOf(name: string, copy = name): Promise<ExampleRun> {
  const namespace = await createNamespace(connection, copy);
  return ExampleRun.copy(name, project, namespace, testServerAddress(), copy);
}

/** Cancels, and waits until the kernel knows none of the processes any more. Then the worker must end in an orderly way. */
async function cancelled(example: ExampleRun): Promise<string> {
  const before = [...example.jobs().keys()].map((pid) => [pid, startTicks(pid)] as const);
  expect(before).not.toEqual([]);
  expect(await example.client.interrupt()).toBe(0);
  expect(example.client.output).toContain('is cancelled');
  // They are dead by now, unless the worker is so new that it does not take kills yet; then its watch kills them.
  const alive = (): unknown[] => [...before.filter(([pid, ticks]) => isRunning(pid, ticks)), ...example.jobs()];
  await waitUntil(`nothing runs in ${example.folder}`, () => alive().length === 0, { timeoutMs: 10_000 });
  expect(await example.worker.interrupt()).toBe(0);
  return example.client.output;
}

test('each manifest names this version, and otherwise the ranges of the package', () => {
  const read = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
  const ours = read('package.json');
  const ranges: Record<string, string> = {
    ...ours.dependencies,
    ...ours.devDependencies,
    ...ours.peerDependencies,
    'temporal-reaper': `file:../../temporal-reaper-${ours.version}.tgz`,
  };
  for (const name of readdirSync(join(root, 'examples')).filter((entry) => !entry.includes('.'))) {
    const { dependencies, devDependencies } = read(`examples/${name}/package.json`);
    const named = { ...dependencies, ...devDependencies };
    const expected = Object.keys(named).map((dependency) => [dependency, ranges[dependency]]);
    expect([name, named]).toEqual([name, Object.fromEntries(expected)]);
  }
});

test.each(['hello-cjs', 'hello-esm'])('%s', async (name) => {
  run = await copyOf(name);
  run.start();
  await run.runs('sh -c while', 'sleep 1', 'cat');
  await cancelled(run);
});

test('negative control: without the plugin the processes outlive the cancel', async () => {
  run = await copyOf('hello-esm', 'hello-without');
  const text = readFileSync(join(run.folder, 'worker.js'), 'utf8');
  const without = text.replace(/^ *plugins: .*\n/m, '');
  expect(without).not.toBe(text);
  writeFileSync(join(run.folder, 'worker.js'), without);
  run.start();
  const jobs = await run.runs('sh -c while', 'sleep 1', 'cat');
  const pipeline = [...jobs].filter(([, line]) => !line.startsWith('sleep')).map(([pid]) => pid);
  expect(pipeline).toHaveLength(3);
  expect(await run.client.interrupt()).toBe(0);
  expect(run.client.output).toContain('is cancelled');
  const ticks = (): number => run!.worker.output.split('\n').length;
  const ticksAtCancel = ticks();
  await waitUntil('the clock goes on', () => ticks() >= ticksAtCancel + 2);
  expect(pipeline.filter((pid) => !isRunning(pid))).toEqual([]);
  pipeline.forEach(killNow);
});

test('hello-typescript', async () => {
  run = await copyOf('hello-typescript');
  const tsc = join(project, 'node_modules/typescript/bin/tsc');
  const { stdout } = await exec(process.execPath, [tsc, '-p', run.folder]).catch((error: { stdout: string }) => error);
  expect(stdout).toBe('');
  run.start({ from: 'dist' });
  await run.runs('sh -c while', 'sleep 1', 'tail');
  await cancelled(run);
});

/** What finds the stand-in for a program in the example's own folder, as its README says. */
function withOwnBin({ folder }: ExampleRun): NodeJS.ProcessEnv {
  return { PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
}

test('transcode: progress in the heartbeats', async () => {
  run = await copyOf('transcode');
  run.start({ env: withOwnBin(run) });
  await run.runs('bin/ffmpeg -nostdin -y -i in.mov', 'sleep 1');
  await run.clientSays(/^at 00:0\d:\d\d/m);
  await cancelled(run);
});

test('agent-cli: the daemon dies too, the last output is kept, and the secret is in neither', async () => {
  run = await copyOf('agent-cli');
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
  run = await copyOf('simulator-farm');
  run.start();
  const licences = join(run.folder, 'licences');
  await run.waitUntil('three simulators run', () => {
    const running = [...run!.jobs().values()].filter((line) => line.startsWith('sh simulate.sh'));
    return running.length === 3;
  });
  await run.runs('sh -c while', 'sleep 1');
  expect(readdirSync(licences)).toHaveLength(3);
  const said = await cancelled(run);
  expect(readdirSync(licences)).toEqual([]);
  expect(said).toContain('licences still taken: 0');
});

test('gpu-job: the retry never runs beside the attempt that hangs', async () => {
  run = await copyOf('gpu-job');
  run.start();
  await run.runs('sh train.sh 1', 'sleep 3600');
  const attempts = (): string[] => {
    const lines = [...run!.jobs().values()].filter((line) => line.startsWith('sh train.sh'));
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
