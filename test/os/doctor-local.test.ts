import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DoctorReport } from '../../src/cli/doctor/check';
import { markedHost } from '../../src/process/host-id';
import { TestRun } from '../fixtures/processes/test-run';
import { allPids, isRunning, parentOf } from '../helpers/kernel-oracle';

const MAIN = resolve(__dirname, '../../dist/src/cli/main.js');
/** Below the largest that a kernel may give, and never given. */
const NO_PID = 4_194_303;

const run = new TestRun();
const hostId = `doctor-${run.id}`;
afterAll(() => run.end());

/** Every directory below a folder. */
function* directories(folder: string): Iterable<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) continue;
    yield path;
    yield* directories(path);
  }
}

async function doctor(): Promise<{ code: number; pid: number; report: DoctorReport }> {
  const args = [MAIN, 'doctor', '--local', '--host', hostId, '-o', 'json'];
  return new Promise((settle, reject) => {
    const child = execFile(
      process.execPath,
      args,
      { env: { ...run.env, NODE_OPTIONS: '' } },
      (_error, stdout, stderr) => {
        if (stdout === '') return reject(new Error(stderr));
        settle({
          code: child.exitCode as number,
          pid: child.pid as number,
          report: JSON.parse(stdout) as DoctorReport,
        });
      },
    );
  });
}

function orphansIn({ checks }: DoctorReport): string {
  return checks.find(({ check }) => check === 'orphans here')?.found ?? '';
}

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a healthy host: exit 0, and nothing of the probes is left', async () => {
  const { code, pid, report } = await doctor();
  expect(report.checks.map(({ check }) => check)).toEqual(['containment here', 'orphans here']);
  expect({ code, found: orphansIn(report) }).toMatchObject({
    code: 0,
    found: expect.stringMatching(/^none/) as string,
  });
  expect(allPids().filter((each) => parentOf(each) === pid)).toEqual([]);
  expect([...directories('/sys/fs/cgroup')].filter((path) => path.includes(`:${pid}:`))).toEqual([]);
  expect(run.processes()).toEqual([]);
});

onLinux('what a worker that is gone has left: exit 1, named, and not touched', async () => {
  const name = `TEMPORAL_REAPER_${randomUUID().replaceAll('-', '')}`;
  const marker = (workerPid: number, ticks: string): NodeJS.ProcessEnv => ({
    [name]: `1:${markedHost(hostId)}:${workerPid}:${ticks}:1`,
  });
  const orphan = await run.start('forever', { env: marker(NO_PID, '1') });
  const { code, report } = await doctor();
  expect(code).toBe(1);
  expect(orphansIn(report)).toMatch(new RegExp(`: ${orphan.pidOf('main')} node \\(of worker ${NO_PID}\\)$`));
  expect(isRunning(orphan.pidOf('main'))).toBe(true);
  await run.beatsGoOn(orphan.beatFile('main'));
});
