import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { createNamespace } from '../fixtures/plugin/namespace';
import { testServerAddress } from '../helpers/dev-server';
import { isRunning, startTicks } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { ExampleRun } from './example-run';

/** The examples of a test file, all copied into one project. */
export class ExampleSuite {
  private readonly runs: ExampleRun[] = [];

  private constructor(
    private readonly connection: Connection,
    /** Has the package and its dependencies; the suite removes it. */
    readonly project: string,
  ) {}

  static async open(project: Promise<string>): Promise<ExampleSuite> {
    return new ExampleSuite(await Connection.connect({ address: testServerAddress() }), await project);
  }

  async copyOf(name: string, copy = name): Promise<ExampleRun> {
    const namespace = await createNamespace(this.connection, copy);
    const run = ExampleRun.copy(name, this.project, namespace, testServerAddress(), copy);
    this.runs.push(run);
    return run;
  }

  /** After each test. */
  async endRuns(): Promise<void> {
    for (const run of this.runs.splice(0)) await run.end();
  }

  async close(): Promise<void> {
    await this.connection.close();
    rmSync(this.project, { recursive: true, force: true });
  }
}

/** Cancels, and waits until the kernel knows none of the processes any more. Then the worker must end in an orderly way. */
export async function cancelled(example: ExampleRun): Promise<string> {
  const before = [...example.jobs().keys()].map((pid) => [pid, startTicks(pid)] as const);
  expect(before).not.toEqual([]);
  if ((await example.client.interrupt()) !== 0) throw new Error(`The client has failed:\n${example.output()}`);
  expect(example.client.output).toContain('is cancelled');
  // They are dead by now, unless the worker is so new that it does not take kills yet; then its watch kills them.
  const alive = (): unknown[] => [...before.filter(([pid, ticks]) => isRunning(pid, ticks)), ...example.jobs()];
  await waitUntil(`nothing runs in ${example.folder}`, () => alive().length === 0, { timeoutMs: 10_000 });
  expect(await example.worker.interrupt()).toBe(0);
  return example.client.output;
}

/** What finds the stand-in for a program in the example's own folder, as its README says. */
export function withOwnBin({ folder }: ExampleRun): NodeJS.ProcessEnv {
  return { PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
}
