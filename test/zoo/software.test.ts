import { setTimeout as delay } from 'node:timers/promises';
import { isRunning } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { levels } from './behaviours';
import { type Environment, environments, full, nameOf, titleOf } from './environments';
import { summary, table, writePart } from './results';
import { type Seen, processesOf } from './processes-of';
import { type Software, missing, software, survivorsIn } from './software';
import { Stage } from './stage';
import { killIfThere, openDir } from './trial';
import type { ZooHost } from './zoo-host';

/*
 * Real software that daemonises or hides, started in an attempt that is killed. Who survives is what the table in
 * software.ts says, no more and no less. What is not installed is skipped by name: `node scripts/zoo.mjs --install`.
 */
jest.setTimeout(full ? 900_000 : 240_000);

const only = process.env.ZOO_ONLY ?? '';
const observed: { name: string; environment: Environment; alive: string[] }[] = [];
afterAll(() => {
  if (full && !only) write();
});

/** Chosen Node versions make no difference to a database: the one that runs the tests is enough. */
const tried = environments().filter(({ node }) => node === process.execPath);

function count(seen: Seen[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { name } of seen) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

describe.each(tried.map((environment) => [titleOf(environment), environment] as const))('%s', (_title, environment) => {
  if (environment.unavailable !== undefined) {
    test.skip('real software', () => undefined);
    return;
  }
  const stage = new Stage();
  let host: ZooHost;
  beforeAll(async () => {
    host = await stage.host(environment, { escalation: { signal: 'SIGTERM', graceMs: 1_500, settleMs: 3_000 } });
  });
  afterAll(() => stage.end());

  async function survivorsOf({ program, processes }: Software): Promise<string[]> {
    const dir = openDir(stage.run);
    try {
      const attempt = await host.open();
      await host.start(attempt, program(dir, environment));
      let seen: Seen[] = [];
      const areThere = (): boolean => {
        const counts = count((seen = processesOf(dir)));
        return Object.entries(processes).every(([name, number]) => (counts[name] ?? 0) >= number);
      };
      await waitUntil(`all of ${JSON.stringify(processes)} are there`, areThere, {
        timeoutMs: 60_000,
        everyMs: 100,
      }).catch((error: Error) => {
        throw new Error(`${error.message}; there are: ${JSON.stringify(count(seen))}`);
      });
      await delay(300); // some are still about to fork
      seen = processesOf(dir);
      await host.kill(attempt);
      await delay(100);
      const left = [
        ...seen.filter(({ pid, ticks }) => ticks !== undefined && isRunning(pid, ticks)),
        ...processesOf(dir),
      ];
      return [...new Set(left.map(({ name }) => name))].sort();
    } finally {
      await waitUntil('what survived has ended', () => {
        const left = processesOf(dir);
        for (const { pid } of left) killIfThere(pid);
        return left.length === 0;
      });
    }
  }

  for (const each of software) {
    if (!each.name.includes(only)) continue;
    const why = missing(each, environment) ?? (each.slow && !full ? 'it starts slowly: npm run test:zoo' : undefined);
    if (why !== undefined) test.skip(`${each.name} (skipped: ${why})`, () => undefined);
    else {
      test(each.name, async () => {
        const alive = await survivorsOf(each);
        observed.push({ name: each.name, environment, alive });
        expect(alive).toEqual(survivorsIn(each, environment));
      });
    }
  }
});

function write(): void {
  const rows = software.map(({ name }) => [
    name,
    ...levels.map((level) => {
      const tries = observed.filter((each) => each.name === name && each.environment.level === level);
      return summary(tries.map(({ alive, environment }) => ({ alive, who: environment.user })));
    }),
  ]);
  const text = ['## Real software', '', table(['software', ...levels], rows), ''].join('\n');
  const plain = observed.map(({ environment, ...rest }) => ({ ...rest, environment: nameOf(environment) }));
  writePart('software', plain, text);
}
