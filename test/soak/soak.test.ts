import { randomInt } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';
import { type Ending, endings } from '../matrix/endings';
import { testServerAddress } from '../helpers/dev-server';
import { waitUntil } from '../helpers/wait-until';
import { Lab } from '../matrix/lab';
import { shapes } from '../matrix/shapes';
import { Meter, slopeOf } from './meter';
import { Population } from './population';
import { growsDescriptors, isClean, Soak, type SoakReport } from './soak';

/*
 * Two minutes in an ordinary test run; `npm run soak -- --minutes N --seed S` sets both.
 */
const minutes = Number(process.env.SOAK_MINUTES ?? 2);
const seed = Number(process.env.SOAK_SEED ?? randomInt(2 ** 31));
/** Below, garbage that waits for its collection hides any slope. */
const LONG_MINUTES = 20;
jest.setTimeout(minutes * 60_000 + 300_000);

function say(line: string): void {
  process.stderr.write(`soak: ${line}\n`);
}

let lab: Lab;
let report: SoakReport;
beforeAll(async () => {
  say(`${minutes} min, seed ${seed}: npm run soak -- --minutes ${minutes} --seed ${seed}`);
  lab = await Lab.open(testServerAddress(), 'auto');
  report = await new Soak(lab, seed, say).run(minutes);
  for (const [name, { tried, passed }] of Object.entries(report.endings).sort()) say(`${passed} of ${tried}: ${name}`);
  const noise = minutes < LONG_MINUTES ? ' (noise: the run is too short for a slope)' : '';
  for (const { name, descriptors, kinds, privateMb, mbPerHour } of report.workers) {
    const grown = `${descriptors} file descriptors more${kinds === '' ? '' : ` (${kinds})`}`;
    say(`worker ${name}: ${privateMb.toFixed(0)} MB, ${mbPerHour.toFixed(0)} MB/h${noise}, ${grown}`);
  }
  mkdirSync(join(projectRoot(), 'test-results'), { recursive: true });
  writeFileSync(join(projectRoot(), 'test-results', 'soak.json'), JSON.stringify(report, null, 2));
});
afterAll(async () => {
  await lab?.end();
});

test('it has tried something', () => expect(Object.keys(report.endings).length).toBeGreaterThan(5));

test('nobody lives who had to be dead', () => expect(report.leaks).toEqual([]));

test('nobody is dead who had to live', () => expect(report.strangers).toEqual([]));

test('every attempt and workflow has ended as it must', () => expect(report.wrong).toEqual([]));

test('no worker has kept file descriptors', () => {
  expect(report.workers.filter(growsDescriptors)).toEqual([]);
  expect(isClean(report)).toBe(true);
});

describe('negative control', () => {
  test('a worker that does not look after its processes is found out', async () => {
    const soak = new Soak(lab, seed, () => undefined);
    const found = soak.report;
    const terminate = endings.find(({ name }) => name === 'terminate') as Ending;
    const ending = { ...terminate, worker: { queue: 'blind', fixture: { plugin: { watch: false as const } } } };
    await soak.try([{ ending, shape: shapes[0], route: 'spawn', plugin: true, setting: 'default' }]);
    expect(found.leaks).toHaveLength(1);
    expect(isClean(found)).toBe(false);
  });

  test('so is whoever ends one who was to live', async () => {
    const population = await Population.on(lab, ['soak-1'], 'leaves');
    expect(await population.hit()).toEqual([]);
    process.kill(population.pids()[0], 'SIGKILL');
    let hit: string[] = []; // each is told of once
    await waitUntil('it is dead', async () => (hit = await population.hit()).length > 0);
    expect(hit).toEqual(['the attempt on soak-1 that nobody ends']);
  });

  test('so is who keeps file descriptors', () => {
    const meter = new Meter('this process', process);
    meter.rest();
    const files = Array.from({ length: 10 }, () => openSync('/dev/null', 'r'));
    try {
      expect(meter.growth()).toEqual({ count: 10, kinds: '10 /dev/null' });
      expect(growsDescriptors({ descriptors: meter.growth().count })).toBe(true);
    } finally {
      files.forEach(closeSync);
    }
  });
});

test('the slope is that of the line', () => {
  const points = [0, 1, 2, 5].map((at) => ({ at, value: 7 + 3 * at }));
  expect(slopeOf(points)).toBeCloseTo(3);
});
