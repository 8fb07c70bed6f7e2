/**
 * The plugin on another version of the SDK than this project's own: by itself the lowest that is supported;
 * `npm run test:sdk` tries others. The newest is what all the other tests run on.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Replayed } from '../fixtures/plugin/replay';
import { skippedFor } from '../helpers/another-user';
import { controlIsServed } from '../helpers/control-served';
import type { WorkerProcess } from '../helpers/worker-process';
import { CancelSuite, expectKilledBeforeCancelled } from '../integration/cancel/suite';
import { expectSameAftermath } from '../integration/plugin/short-lived';
import { historiesDir, isKilled, recorded, recordedFiles } from '../replay/recorded';
import { recordRun } from '../replay/recorder';
import { NONDETERMINISM, replayAll } from '../replay/replayer';
import { NEEDED, foundInternals } from './internals';
import { SdkProject } from './project';

jest.setTimeout(120_000);

/** What can be tried runs; the name of the rest says why it does not. */
function describeEach(projects: SdkProject[], tests: (project: SdkProject) => void): void {
  for (const project of projects) {
    const { version, obstacle } = project;
    const suite = obstacle === undefined ? describe : describe.skip;
    suite(`SDK ${version}${skippedFor(obstacle)}`, () => tests(project));
  }
}

describeEach(SdkProject.all(), (project) => {
  const { version } = project;
  let suite: CancelSuite;
  let namespace: string;
  let crashing: WorkerProcess;

  beforeAll(async () => {
    suite = await CancelSuite.open(undefined, { ownNamespace: true, fixtures: project.fixtures });
    namespace = suite.namespace ?? '';
    const worker = await suite.worker('a', { plugin: { control: true } });
    [crashing] = await Promise.all([
      suite.worker('crash', { workflows: false }),
      suite.worker('bare', { workflows: false, plugin: false }),
      suite.worker('record', { extend: join(project.fixtures, 'plugin', 'replay-worker.js') }),
    ]);
    expect(project.coresOf(worker.pid)).toEqual([expect.stringContaining(`/sdk/${version}/node_modules/`)]);
    await controlIsServed(suite.connection, { namespace, workerPid: worker.pid });
  });
  afterAll(() => suite?.end());

  /** An activity on a worker of that task queue, in a workflow that kills before it cancels. */
  async function running(queue: 'a' | 'crash' | 'bare') {
    const processes = suite.processes('forks-children');
    const handle = await suite.start('a', 'runAll', [[processes.step({ taskQueue: suite.unique(queue) })]]);
    await processes.started();
    return { processes, handle };
  }

  test('npm installs one copy of each of its packages, all of that version', () => {
    const copies = project.copies();
    expect(copies).toEqual(expect.arrayContaining([`@temporalio/worker ${version}`, `@temporalio/proto ${version}`]));
    expect(copies.filter((copy) => !/^@temporalio\/[^/ ]+ /.test(copy) || !copy.endsWith(` ${version}`))).toEqual([]);
  });

  test('what is leant on is there', async () => {
    expect(await foundInternals(project.fixtures)).toEqual(NEEDED);
  });

  test('the cancel of a silent activity kills before it cancels', async () => {
    const { processes, handle } = await running('a');
    await handle.cancel();
    await processes.died();
    await expectKilledBeforeCancelled(handle, [processes]);
    expect(await suite.closed(handle)).toBe('CANCELLED');
  });

  test('terminate kills', async () => {
    const { processes, handle } = await running('a');
    await handle.terminate();
    await processes.died();
  });

  test('negative control: on a worker without the plugin the processes outlive both', async () => {
    const [cancelled, terminated] = await Promise.all([running('bare'), running('bare')]);
    await Promise.all([cancelled.handle.cancel(), terminated.handle.terminate()]);
    await Promise.all([cancelled.processes.goOn(50), terminated.processes.goOn(50)]);
  });

  test('the command line lists the processes and cancels the run', async () => {
    const { processes, handle } = await running('a');
    const cli = async (...args: string[]): Promise<string> => {
      const connection = ['--address', suite.address, '--namespace', namespace];
      const command = [project.cli, ...args, ...connection, '-o', 'json'];
      return (await promisify(execFile)(process.execPath, command, { timeout: 60_000 })).stdout;
    };
    expect(await cli('ps')).toContain(`"pid": ${processes.pidOf('main')},`);
    await cli('cancel', '-w', handle.workflowId);
    expect(processes.alive()).toEqual([]);
    expect(await suite.closed(handle)).toBe('CANCELLED');
  });

  test('a worker dies of SIGKILL: its guardian kills what it leaves', async () => {
    const { processes } = await running('crash');
    await crashing.kill();
    await processes.died();
  });

  describe('replay', () => {
    const own = Object.keys(recorded).map((type) => `${version}.${type}.json`);
    let dir: string;
    let here: Record<string, Replayed>;
    let newest: Record<string, Replayed>;

    beforeAll(async () => {
      dir = mkdtempSync(join(tmpdir(), 'reaper-sdk-'));
      cpSync(historiesDir, dir, { recursive: true });
      const server = { address: suite.address, namespace };
      await Promise.all(
        Object.keys(recorded).map(async (type, i) => {
          const handle = await suite.start('record', type, []);
          writeFileSync(join(dir, own[i]), await recordRun(server, type, handle));
        }),
      );
      [here, newest] = await Promise.all([replayAll(dir, project.fixtures), replayAll(dir)]);
    });
    afterAll(() => rmSync(dir, { recursive: true, force: true }));

    /** Its sdk-core hands over the results of local activities as they were scheduled, not as they came. */
    const isReordered = (file: string): boolean => file.includes('goesOnLater');

    test('histories of the newest version replay here, but for one with results in another order', () => {
      const files = recordedFiles().filter((file) => !isReordered(file));
      const withPlugin = files.map((file) => [file, here[file].with, here[file].replayOnly]);
      expect(withPlugin).toEqual(files.map((file) => [file, 'replayed', 'replayed']));
    });

    test('so do histories of this version, and all of them in the newest', () => {
      // In which order they come here is a race; with goesOnFirst, the answer to the kill's question loses it almost always.
      const files = own.filter((file) => !file.includes('goesOn'));
      const results = files.flatMap((file) => [here[file].with, here[file].replayOnly]);
      expect(results).toEqual(results.map(() => 'replayed'));
      expect(own.map((file) => newest[file].with)).toEqual(own.map(() => 'replayed'));
    });

    test('negative control: a kill in the history does not replay without the plugin', () => {
      const killed = Object.keys(recorded).flatMap((type, i) => (isKilled(type) ? [own[i]] : []));
      for (const file of killed) expect(here[file].without).toMatch(NONDETERMINISM);
      for (const file of killed) expect(newest[file].without).toMatch(NONDETERMINISM);
    });
  });

  test.each([
    { end: 'runUntil', afterMs: 0 },
    { end: 'runUntil', afterMs: 300 },
    { end: 'error', afterMs: 300 },
    { end: 'signal', afterMs: 300 },
  ] as const)('a Worker that ends by $end after $afterMs ms leaves what it leaves without the plugin', (what) =>
    expectSameAftermath(what, project.fixtures),
  );
});
