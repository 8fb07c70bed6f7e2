import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';
import { nativeInCharge } from '../../src/process/native/addon';
import { startPushServer, testServerAddress } from '../helpers/dev-server';
import { endings } from './endings';
import { Lab } from './lab';
import { type CellPlan, SETTINGS, type Setting, controlPlan, fullPlan, nameOf, pairwisePlan } from './plan';
import { type Result, runAll } from './run';
import { asyncRoutes, shapes, syncRoutes } from './shapes';
import { committed, committedLevel, render, write } from './table';

/*
 * Every ending with every shape of processes; see endings.ts and shapes.ts. MATRIX=full tries the whole product and
 * writes docs/guarantees.md, otherwise a selection. MATRIX_ONLY=<text> keeps cells whose name holds it.
 */
const full = process.env.MATRIX === 'full';
const only = process.env.MATRIX_ONLY ?? '';
jest.setTimeout(full ? 1_800_000 : 300_000);

/** Why the level is not there for whoever runs this. */
const native = nativeInCharge();
const withoutSubreaper = 'obstacle' in native ? native.obstacle : '';
const plans = [...(full ? fullPlan() : pairwisePlan()), ...controlPlan()]
  .filter((plan) => nameOf(plan).includes(only))
  .filter(({ setting }) => setting !== 'subreaper' || !withoutSubreaper);
const results: Result[] = [];
const waiting = new Map<CellPlan, (result: Result) => void>();
const outcomes = new Map(plans.map((plan) => [plan, new Promise<Result>((resolve) => waiting.set(plan, resolve))]));

/** That of the default setting; a machine may have a lower one than the committed document was written on. */
let level: string;
let running: Promise<void>;
beforeAll(() => {
  running = runEverywhere();
  // Nobody waits in vain.
  running.catch((error: unknown) => plans.forEach((plan) => done({ plan, error: String(error) })));
});
afterAll(() => running);

async function runEverywhere(): Promise<void> {
  for (const setting of SETTINGS) {
    const mine = plans.filter((plan) => plan.setting === setting);
    const server = setting === 'server push' && mine.length > 0 ? await startPushServer() : undefined;
    try {
      await runIn(setting, server?.address ?? testServerAddress(), mine);
    } finally {
      await server?.stop();
    }
  }
}

async function runIn(setting: Setting, address: string, mine: CellPlan[]): Promise<void> {
  if (mine.length === 0) return;
  const lab = await Lab.open(address, setting === 'subreaper' || setting === 'scan' ? setting : 'auto');
  try {
    if (setting === 'default') level = await lab.level();
    await runAll(lab, mine, done);
  } finally {
    await lab.end();
  }
}

function done(result: Result): void {
  results.push(result);
  waiting.get(result.plan)?.(result);
}

/** The cells run all the time; a test waits for its own. */
async function passes(plan: CellPlan): Promise<void> {
  const result = await outcomes.get(plan);
  if (result?.error) throw new Error(`${nameOf(plan)}\n${result.error}`);
}

describe.each(endings)('$name', (ending) => {
  const cells = plans.filter((plan) => plan.ending === ending);
  const titles = cells.map((plan) => {
    const control = plan.plugin ? '' : 'negative control: without the plugin they go on: ';
    const title = plan.setting === 'default' ? control : `${plan.setting}: `;
    return [`${title}${plan.shape.name}, by ${plan.route}`, plan] as const;
  });
  if (titles.length > 0) test.each(titles)('%s', (_title, plan) => passes(plan));
  else test.skip('(skipped: MATRIX_ONLY leaves it out)', () => undefined);
});

if (withoutSubreaper) test.skip(`its share at level subreaper (skipped: ${withoutSubreaper})`, () => undefined);

test('every ending is tried with two shapes, every shape and route three times', () => {
  const cells = pairwisePlan();
  for (const ending of endings) {
    expect(new Set(cells.filter((cell) => cell.ending === ending).map(({ shape }) => shape)).size).toBe(2);
  }
  for (const shape of shapes) expect(cells.filter((cell) => cell.shape === shape).length).toBeGreaterThanOrEqual(3);
  for (const route of [...asyncRoutes, ...syncRoutes]) {
    expect(cells.filter((cell) => cell.route === route).length).toBeGreaterThanOrEqual(3);
  }
});

test('docs/guarantees.md says what this run has seen', async () => {
  await running;
  const timings = results.map(({ plan, error, diedAfterMs }) => ({ cell: nameOf(plan), error, diedAfterMs }));
  mkdirSync(join(projectRoot(), 'test-results'), { recursive: true });
  writeFileSync(join(projectRoot(), 'test-results', 'matrix.json'), JSON.stringify(timings, null, 2));
  if (full && !only) write(results, level);
  expect(committed()).toBe(render(results, full ? level : committedLevel()));
});
