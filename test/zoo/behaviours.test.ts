import { TestRun } from '../fixtures/processes/test-run';
import { behaviours, expectedIn, levels } from './behaviours';
import { environments, full, nameOf, titleOf } from './environments';
import { type Observed, type Plan, discrepancy, tryPlan } from './trial';
import { writeResults } from './results';
import { ZooHost } from './zoo-host';

/*
 * Every behaviour at every containment level, with every Node, as root and as nobody: who of it survives a kill is what
 * the table in behaviours.ts says, no more and no less. A share runs in `npm test`, the whole by `npm run test:zoo`.
 * ZOO_ONLY=<text> keeps rows whose name holds it.
 */
jest.setTimeout(full ? 1_200_000 : 300_000);

const AT_A_TIME = 3;
const only = process.env.ZOO_ONLY ?? '';
const run = new TestRun();
const results: { plan: Plan; observed: Observed }[] = [];
afterAll(async () => {
  await run.end();
  if (full && !only) writeResults(results);
});

/** A share of the rows that race, and of the second routes, is enough for every day. */
function plansOf(environment: Plan['environment']): Plan[] {
  return behaviours
    .filter(({ name, obstacle }) => name.includes(only) && obstacle?.(environment) === undefined)
    .flatMap((behaviour) => {
      const { route = 'spawn', alsoBy } = behaviour;
      const routes = full && alsoBy ? [route, alsoBy] : [route];
      return routes.map((each) => ({
        environment,
        behaviour: full ? behaviour : { ...behaviour, rounds: 1 },
        route: each,
      }));
    });
}

async function runAll(host: ZooHost, plans: Plan[], done: (plan: Plan, observed: Observed) => void): Promise<void> {
  const one = async (plan: Plan): Promise<void> => {
    let observed: Observed;
    try {
      observed = await tryPlan(host, run, plan);
    } catch (error) {
      observed = { rounds: [], report: undefined as never, error: (error as Error).stack };
    }
    done(plan, observed);
  };
  const together = plans.filter(({ behaviour }) => !behaviour.alone);
  const runners = Array.from({ length: AT_A_TIME }, async () => {
    for (let plan = together.shift(); plan; plan = together.shift()) await one(plan);
  });
  await Promise.all(runners);
  for (const plan of plans.filter(({ behaviour }) => behaviour.alone)) await one(plan);
}

describe.each(environments().map((environment) => [titleOf(environment), environment] as const))(
  '%s',
  (_title, environment) => {
    if (environment.unavailable !== undefined) {
      test.skip('every behaviour', () => undefined);
      return;
    }
    const plans = plansOf(environment);
    const waiting = new Map<Plan, (observed: Observed) => void>();
    const outcomes = new Map(plans.map((plan) => [plan, new Promise<Observed>((settle) => waiting.set(plan, settle))]));
    let host: ZooHost;
    let running: Promise<void>;
    beforeAll(async () => {
      host = await ZooHost.start(run, environment);
      running = runAll(host, plans, (plan, observed) => {
        results.push({ plan, observed });
        waiting.get(plan)?.(observed);
      });
    });
    afterAll(async () => {
      await running;
      await host?.end();
    });

    test.each(plans.map((plan) => [`${plan.behaviour.name}, by ${plan.route}`, plan] as const))(
      '%s',
      async (_name, plan) => {
        const observed = await outcomes.get(plan);
        if (observed?.error !== undefined) throw new Error(observed.error);
        const wrong = discrepancy(plan, observed as Observed);
        if (wrong !== undefined) throw new Error(`${plan.behaviour.name} at ${nameOf(environment)}: ${wrong}`);
      },
    );
    const left = behaviours.filter(({ obstacle }) => obstacle?.(environment) !== undefined);
    for (const { name, obstacle } of left) test.skip(`${name} (skipped: ${obstacle?.(environment)})`, () => undefined);
  },
);

const races = full && !only ? test : test.skip;
races(
  `what the table says survives sometimes has done so${full ? '' : ' (skipped: that takes many rounds: npm run test:zoo)'}`,
  () => {
    for (const behaviour of behaviours) {
      for (const level of levels) {
        const expected = behaviour.survivors[level];
        if (!expected || !('sometimes' in expected)) continue;
        const rounds = results
          .filter(({ plan }) => plan.behaviour.name === behaviour.name && plan.environment.level === level)
          .flatMap(({ observed }) => observed.rounds);
        const survived = rounds.length === 0 || rounds.some((alive) => alive.length > 0);
        expect([behaviour.name, level, survived]).toEqual([behaviour.name, level, true]);
      }
    }
  },
);

test('a level that is stronger loses nobody whom a weaker one kills', () => {
  for (const behaviour of behaviours) {
    const counts = environments()
      .filter(({ nodeMajor, user }) => nodeMajor === environments()[0].nodeMajor && user !== 'nobody')
      .map((environment) => {
        const expected = expectedIn(behaviour, environment);
        return 'always' in expected ? expected.always.length : expected.sometimes.length;
      });
    expect([behaviour.name, counts]).toEqual([behaviour.name, [...counts].sort((a, b) => a - b)]);
  }
});
