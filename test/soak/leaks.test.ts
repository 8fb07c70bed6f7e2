import { execFile, spawnSync } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../dev/dev-server';
import type { LeakReport, LeakRun } from '../fixtures/soak/leaks';
import { cgroupObstacle } from '../os/cgroup-here';
import { removeCgroupsOf } from '../os/cgroup-kernel';

/*
 * Workers without a server, each PID 1 of a PID namespace whose numbers begin anew all the time: what they start comes and
 * goes, and nothing stays. Some seconds in an ordinary test run; `npm run soak -- --minutes N --seed S` sets both.
 */
const CONTAINER = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const PROGRAM = join(projectRoot(), 'dist/test/fixtures/soak/leaks.js');
const { SOAK_MINUTES } = process.env;
const seconds = SOAK_MINUTES === undefined ? 8 : Number(SOAK_MINUTES) * 60;
const seed = Number(process.env.SOAK_SEED ?? randomInt(2 ** 31));
jest.setTimeout(seconds * 1_000 + 120_000);

const canUnshare = spawnSync('unshare', [...CONTAINER, 'true']).status === 0;
const container = canUnshare ? test : test.skip;
const why = canUnshare ? '' : ' (skipped: no PID namespace can be made here)';

async function soak(run: Pick<LeakRun, 'level' | 'form'> & Partial<LeakRun>): Promise<LeakReport> {
  const hostId = `soak-${randomUUID()}`;
  const data: LeakRun = { seconds, seed, hostId, ...run };
  try {
    const { stdout } = await promisify(execFile)(
      'unshare',
      [...CONTAINER, process.execPath, PROGRAM, JSON.stringify(data)],
      { env: { ...process.env, NODE_OPTIONS: '' } },
    );
    return JSON.parse(stdout) as LeakReport;
  } finally {
    removeCgroupsOf(hostId); // of one that failed
  }
}

const runs: Pick<LeakRun, 'level' | 'form'>[] = [
  ...(cgroupObstacle === undefined ? [{ level: 'cgroup', form: 'inline' } as const] : []),
  { level: 'subreaper', form: 'thread' },
  { level: 'scan', form: 'inline' },
];

container(`no cgroup, descriptor, listener, timer, number or process is left${why}`, async () => {
  process.stderr.write(`soak: ${seconds} s, seed ${seed}\n`);
  const reports = await Promise.all(runs.map(soak));
  mkdirSync(join(projectRoot(), 'test-results'), { recursive: true });
  writeFileSync(join(projectRoot(), 'test-results', 'leaks.json'), JSON.stringify(reports, null, 2));
  for (const { level, attempts, wraps, grown, inventories, cgroupsAtEnd } of reports) {
    process.stderr.write(`soak: ${level}: ${attempts} attempts, ${wraps} times the same numbers\n`);
    const left = Object.keys(grown).length > 0 ? inventories : [];
    expect({ level, grown, left, cgroupsAtEnd }).toEqual({ level, grown: {}, left: [], cgroupsAtEnd: 0 });
    expect(attempts).toBeGreaterThan(20);
  }
});

container(`negative control: whatever is left is found${why}`, async () => {
  const { grown, inventories } = await soak({ level: 'scan', form: 'inline', seconds: 1, leaks: true });
  const { cgroups = 1, ...rest } = grown; // where none can be made
  expect({ ...rest, cgroups, inventories }).toEqual({
    inventories,
    cgroups: 1,
    descriptors: 1,
    listeners: expect.any(Number) as number,
    numbers: 1,
    processes: 1,
    timers: 1,
    zombies: 1,
  });
});
