import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { TestRun } from '../fixtures/processes/test-run';
import { noCompiler } from './compile';
import { type Environment, environments, full, ownLevels, titleOf } from './environments';
import { PuppetTheatre } from './puppets';
import { RandomRun, type Tally } from './random-run';
import { ZooHost } from './zoo-host';

/*
 * Random SPAWN, FORK, SETSID, SETPGID, DAEMON, EXEC with an empty environment, EXIT and KILL steps on real processes,
 * compared after each kill with a model that says who must be dead and who must live. ZOO_SEED=<number> repeats a run,
 * ZOO_STEPS=<number> makes it longer or shorter.
 */
jest.setTimeout(full ? 1_200_000 : 240_000);

const seed = Number(process.env.ZOO_SEED ?? Math.floor(Math.random() * 1e9));
/** The whole on the Node that runs the tests; on others, and as nobody, a share. */
function stepsIn({ node, user }: Environment): number {
  const whole = full && node === process.execPath && user !== 'nobody';
  return Number(process.env.ZOO_STEPS ?? (whole ? 10_000 : 1_000));
}
const run = new TestRun();
afterAll(() => run.end());

async function randomRun(
  environment: Environment,
  level = environment.level,
  count = stepsIn(environment),
): Promise<Tally> {
  chmodSync(run.dir, 0o755);
  const path = join(run.newDir(), 's');
  const theatre = await PuppetTheatre.open(path);
  chmodSync(path, 0o777); // for those who are nobody
  const escalation = { signal: 'SIGTERM', graceMs: 30, settleMs: 3_000 } as const;
  const host = await ZooHost.start(run, environment, { escalation });
  try {
    return await new RandomRun(host, theatre, level, seed).run(count);
  } finally {
    await host.end();
    await theatre.close();
  }
}

const why = noCompiler();
const tried = full ? environments() : ownLevels();
describe.each(tried.map((environment) => [titleOf(environment), environment] as const))('%s', (_title, environment) => {
  if (why !== undefined || environment.unavailable !== undefined) {
    test.skip(why === undefined ? 'random steps' : `random steps (skipped: ${why})`, () => undefined);
    return;
  }
  const steps = stepsIn(environment);
  test(`${steps} random steps, ZOO_SEED=${seed}: who lives and who dies is what the model says`, async () => {
    const tally = await randomRun(environment);
    console.log(`${titleOf(environment)}, ZOO_SEED=${seed}: ${JSON.stringify(tally)}`);
    expect(tally.kills).toBeGreaterThan(steps / 100);
    expect(tally.killed).toBeGreaterThan(0);
  });
});

const scan = ownLevels().find(({ level, unavailable }) => level === 'scan' && unavailable === undefined);
const control = why === undefined && scan ? test : test.skip;
control(
  `negative control: a level that keeps more, or less, than its promise is found out${scan && !why ? '' : ` (skipped: ${why ?? 'no scan here'})`}`,
  async () => {
    const environment = scan as Environment;
    await expect(randomRun(environment, 'basic', 5_000)).rejects.toThrow('the model says it lives');
    await expect(randomRun(environment, 'subreaper', 5_000)).rejects.toThrow('the model says it is dead');
  },
);
