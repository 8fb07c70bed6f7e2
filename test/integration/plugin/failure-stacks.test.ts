import type { fail } from '../../fixtures/activities';
import { CancelSuite } from '../cancel/suite';
import { waitUntil } from '../../helpers/wait-until';
import type { WorkerProcess } from '../../helpers/worker-process';

let suite: CancelSuite;
let plain: WorkerProcess;
let ours: WorkerProcess;
beforeAll(async () => {
  suite = await CancelSuite.open();
  [plain, ours] = await Promise.all([suite.worker('plain', { plugin: false }), suite.worker('ours')]);
});
afterAll(() => suite.end());

/** All frames of the latest failure in a worker's log, those of its causes included. */
async function loggedFrames(worker: WorkerProcess, before: number): Promise<string[]> {
  let logged = '';
  await waitUntil('the failure is in the log', () => {
    logged = worker.output().slice(before);
    return /Activity failed[^]*durationMs/.test(logged);
  });
  return logged.split('\n').flatMap((line) => /^\s+at .*/.exec(line)?.[0].trim() ?? []);
}

async function failed(queue: string, worker: WorkerProcess, when: Parameters<typeof fail>[0]) {
  const before = worker.output().length;
  const handle = await suite.start(queue, 'runAll', [[{ name: 'fail', args: [when] }]]);
  const thrown = (await handle.result().catch((error: unknown) => error)) as Error;
  const reported = [];
  for (let at = thrown.cause; at instanceof Error; at = at.cause) reported.push(at.stack);
  return { logged: await loggedFrames(worker, before), reported };
}

test.each(['at once', 'after an await', 'deep down'] as const)(
  'an activity that fails %s has the stack that it has without us, in the log and in the history',
  async (when) => {
    const expected = await failed('plain', plain, when);
    const actual = await failed('ours', ours, when);
    expect(actual).toEqual(expected);
    expect(expected.logged.join()).toMatch(/fixtures.activities/); // it is the activity's own stack
  },
);
