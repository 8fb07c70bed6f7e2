/**
 * `npm run screenshots`: two runs of the demo's workflow, cancelled in two ways, and what the Temporal UI shows of them.
 * Writes docs/images.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import pc from 'picocolors';
import { runCli } from '../../src/cli/run';
import { ReaperClient } from '../../src/client';
import { examineServer } from '../../src/client/examine';
import { Demo, WORK_MS } from '../demo';
import { showAndExit } from '../show-and-exit';
import { waitingLine } from '../waiting-line';
import { Browser, findChromium } from './browser';
import { type CancelledRuns, takePictures } from './pictures';

/** Who cancels: the pictures must not show the name of the machine that they were taken on. */
const IDENTITY = 'alice@laptop';

const RUNS: CancelledRuns = { plain: 'nightly-build', reported: 'release-build' };

/** The Temporal CLI cancels: the run's own interceptor kills. */
async function cancelPlainly(demo: Demo, workflowId: string): Promise<void> {
  await demo.startWork(workflowId);
  await sleep(WORK_MS);
  await demo.cancel(workflowId, ['--identity', IDENTITY]);
  await demo.untilClosed(workflowId, 30_000);
}

/** Our command line cancels: a cancellation workflow asks and reports. */
async function cancelWithReport(demo: Demo, workflowId: string): Promise<void> {
  await demo.startWork(workflowId);
  await sleep(WORK_MS);
  demo.say('');
  console.log(`${pc.green('$')} temporal-reaper cancel -w ${workflowId} --reason "wrong branch"`);
  const { stdin, stdout, stderr, env } = process;
  const code = await runCli(['cancel', '-w', workflowId, '--reason', 'wrong branch'], {
    ...{ stdin, stdout, stderr, env, signals: process },
    connect: async () => {
      const client = new Client({ connection: demo.client!.connection, identity: IDENTITY });
      const reaper = new ReaperClient(client);
      const examine = () => examineServer(client, reaper);
      return { reaper, namespace: 'default', examine, close: async () => undefined };
    },
    leave: () => undefined,
  });
  if (code !== 0) throw new Error(`temporal-reaper cancel has ended with ${code}`);
}

async function main(): Promise<void> {
  let chromium: string;
  try {
    chromium = findChromium();
  } catch (error) {
    console.error(`screenshots: ${(error as Error).message}`);
    process.exit(1);
  }
  const demo = new Demo({ plugin: true, ui: true }, await waitingLine());
  await showAndExit(demo, async () => {
    await demo.start();
    await cancelPlainly(demo, RUNS.plain);
    await cancelWithReport(demo, RUNS.reported);
    const browser = new Browser(chromium, join(demo.folder, 'chromium'));
    demo.guests.push(browser);
    demo.say('Taking the pictures');
    await takePictures(demo, browser, RUNS);
    return 0;
  });
}

void main();
