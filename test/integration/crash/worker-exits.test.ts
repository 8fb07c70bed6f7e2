import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../../helpers/wait-until';
import { CrashScene, guardianOf, guardiansOf, programsOf, put } from './scene';

let scene: CrashScene;
beforeAll(async () => {
  scene = await CrashScene.open();
});
afterAll(() => scene.end());

describe.each([
  ['process.exit()', 'exit', 3],
  ['an uncaught exception', 'throw', 1],
] as const)('a worker that ends by %s in the middle of an activity', (_what, how, code) => {
  test('leaves nothing', async () => {
    const worker = await scene.worker(how);
    const identity = scene.identify(worker, how);
    const [processes, ending] = [scene.suite.processes('daemonises'), scene.suite.processes('forks-children')];
    const when = scene.newFile('end');
    await scene.run(how, [processes]);
    await scene.run(how, [ending], { name: 'endWorker', args: [ending.program, how, when] });
    const ended = once(worker.child, 'exit');
    put(when);
    expect(await ended).toEqual([code, null]);
    await scene.gone([processes, ending]);
    await waitUntil('the guardian has ended', () => guardiansOf(identity.pid).length === 0);
    expect(scene.hasReport(identity)).toBe(true);
  });

  test('negative control: without a guardian they go on', async () => {
    const worker = await scene.worker(`${how}-unguarded`, { guardian: false });
    const ending = scene.suite.processes('daemonises');
    const when = scene.newFile('end');
    await scene.run(`${how}-unguarded`, [ending], { name: 'endWorker', args: [ending.program, how, when] });
    const ended = once(worker.child, 'exit');
    put(when);
    await ended;
    await ending.goOn(25);
  });
});

test('an orderly shutdown leaves no process, no guardian and no report', async () => {
  const worker = await scene.worker('orderly');
  const identity = scene.identify(worker, 'orderly');
  const all = [scene.suite.processes('daemonises'), scene.suite.processes('ignores-sigterm')];
  await scene.run('orderly', all);
  await guardianOf(worker.pid);
  await worker.stop();
  expect(worker.child.exitCode).toBe(0);
  for (const processes of all) expect(programsOf(processes)).toEqual([]);
  await waitUntil('the guardian has ended', () => guardiansOf(identity.pid).length === 0);
  expect(scene.hasReport(identity)).toBe(false);
});

describe('SIGTERM while execa runs a process', () => {
  test('the worker shuts down in order, and its processes get their grace', async () => {
    const worker = await scene.worker('execa', { escalation: { graceMs: 5_000 } });
    const processes = scene.suite.processes('cleans-up-on-sigterm', { route: 'execa' });
    await scene.run('execa', [processes]);
    const ended = once(worker.child, 'exit');
    worker.child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(existsSync(join(processes.dir, 'cleaned-up'))).toBe(true);
    expect(programsOf(processes)).toEqual([]);
  });

  test('a second SIGTERM ends the worker at once, as without the plugin; the guardian kills', async () => {
    const worker = await scene.worker('impatient', { escalation: { graceMs: 60_000 } });
    const processes = scene.suite.processes('ignores-sigterm', { route: 'execa' });
    await scene.run('impatient', [processes]);
    const ended = once(worker.child, 'exit');
    worker.child.kill('SIGTERM');
    await waitUntil('it shuts down', () => existsSync(join(processes.dir, 'main.signals')));
    worker.child.kill('SIGTERM');
    expect(await ended).toEqual([null, 'SIGTERM']);
  });
});

describe('a forced end of the shutdown', () => {
  const worker = { shutdownForceTime: '4s' };

  test('leaves processes the grace that fits, and says at the start that it is short', async () => {
    const short = await scene.worker('short', { escalation: { graceMs: 60_000 } }, { worker });
    const processes = scene.suite.processes('ignores-sigterm');
    await scene.run('short', [processes]);
    expect(short.output()).toMatch(/At a shutdown processes get 3000 ms of their grace of 60000 ms/);
    const ended = once(short.child, 'exit');
    short.child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]); // in order: it was not forced
    expect(programsOf(processes)).toEqual([]);
  });

  test('says nothing when it is long enough', async () => {
    const long = await scene.worker('long', { escalation: { graceMs: 2_000 } }, { worker });
    await long.stop();
    expect(long.output()).not.toContain('At a shutdown');
  });
});
