import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { Program } from '../../fixtures/activities';
import { processesWithArgument } from '../../helpers/kernel-oracle';
import { waitUntil } from '../../helpers/wait-until';
import { CrashScene } from '../crash/scene';

jest.setTimeout(120_000);

/** `auto` is `cgroup` where there is one. */
const LEVELS = ['auto', 'subreaper', 'scan', 'basic'] as const;
const GRACE_MS = 5_000;
const ENDLESS = 'while :; do sleep 0.1; done';

let scene: CrashScene;
const outcomes = new Map<string, { cancelled: Promise<Work[]>; fenced: Promise<Fenced[]> }>();

// The levels side by side: each takes seconds.
beforeAll(async () => {
  scene = await CrashScene.open();
  const escalation = { graceMs: GRACE_MS, settleMs: 3_000 };
  await Promise.all(LEVELS.map((level) => scene.worker(level, { containment: level, escalation })));
  for (const level of LEVELS) {
    const fenced = Promise.all([fencedWith(level, new Work('sleep 1')), fencedWith(level, new Work(ENDLESS))]);
    const cancelled = Promise.allSettled([fenced]).then(() =>
      Promise.all([
        cancelledWith(level, new Work('sleep 0.3'), 'awaited'),
        cancelledWith(level, new Work(ENDLESS), 'again and again'),
      ]),
    );
    outcomes.set(level, { cancelled, fenced });
    for (const each of [cancelled, fenced]) each.catch(() => undefined); // its test says so
  }
});
afterAll(async () => {
  await Promise.allSettled([...outcomes.values()].flatMap(({ cancelled, fenced }) => [cancelled, fenced]));
  await scene.end();
});

/** A shell that does some work, light enough for twenty at once; it tells that it has begun, and that it has come to its end. */
class Work {
  readonly dir = scene.suite.run.newDir();

  constructor(private readonly what: string) {}

  get program(): Program {
    const [begun, done] = ['main.pid', 'done'].map((name) => join(this.dir, name));
    return { command: 'sh', args: ['-c', `echo $$ > '${begun}'; ${this.what}; : > '${done}'`], route: 'execa' };
  }

  get hasBegun(): boolean {
    return existsSync(join(this.dir, 'main.pid'));
  }

  get isDone(): boolean {
    return existsSync(join(this.dir, 'done'));
  }

  get isRunning(): boolean {
    return processesWithArgument(join(this.dir, 'main.pid')).length > 0;
  }
}

function start(queue: string, name: string, args: unknown[], options: object): Promise<WorkflowHandle> {
  return scene.suite.start('workflows', 'runAll', [[{ name, args, options, taskQueue: scene.suite.unique(queue) }]]);
}

/** Cancels an activity that cleans up in a `finally`, and waits until the run is closed. */
async function cancelledWith(queue: string, cleanup: Work, how: string): Promise<Work> {
  const work = new Work(ENDLESS);
  const handle = await start(queue, 'runThenCleanUp', [work.program, cleanup.program, how], {});
  await waitUntil('it works', () => work.isRunning && work.hasBegun, { timeoutMs: 30_000, everyMs: 50 });
  await handle.cancel();
  expect(await scene.suite.closed(handle, 30_000)).toBe('CANCELLED');
  expect(work.isRunning).toBe(false);
  return cleanup;
}

interface Fenced {
  /** What the second attempt saw in its first line. */
  second: string;
  begun: boolean;
  done: boolean;
}

/** The first attempt is killed by its start-to-close timeout and cleans up; the second one follows at once. */
async function fencedWith(queue: string, cleanup: Work): Promise<Fenced> {
  const { program } = new Work(ENDLESS);
  const witness = scene.newFile('witness');
  const options = { startToCloseTimeout: '3s', retry: { initialInterval: 1, maximumAttempts: 2 } };
  await start(queue, 'lookThenCleanUp', [cleanup.dir, witness, program, cleanup.program, 'awaited'], options);
  const lines = (): string[] => (existsSync(witness) ? readFileSync(witness, 'utf8').split('\n') : []);
  await waitUntil('attempt 2 has looked', () => lines().length > 2, { timeoutMs: 30_000 });
  return { second: lines()[1], begun: cleanup.hasBegun, done: cleanup.isDone };
}

describe.each(LEVELS)('containment %s', (level) => {
  test('a cleanup runs when the processes are dead, and gains no more than the grace: it ends with the attempt', async () => {
    const [awaited, again] = (await outcomes.get(level)?.cancelled) ?? [];
    expect(awaited.isDone).toBe(true);
    expect([again.hasBegun, again.isRunning]).toEqual([true, false]);
  });

  test('the fence of a later attempt lets an earlier cleanup end within its time, and kills it then', async () => {
    const [short, endless] = (await outcomes.get(level)?.fenced) ?? [];
    expect(short).toEqual({ second: '2', begun: true, done: true });
    expect(endless).toEqual({ second: '2', begun: true, done: false });
  });
});
