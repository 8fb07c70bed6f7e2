import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchRun } from './bench-run';
import type { Row } from './report';

const PAIRS = 5;
/** By then, the cancellation workflows are bundled and the garbage of the start is collected. */
const SETTLE_MS = 12_000;

/** Memory that a process shares with no other, in MB, as the kernel counts it. */
function privateMb(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kb = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)].reduce(
    (sum, [, it]) => sum + Number(it),
    0,
  );
  return kb / 1024;
}

/** The guardian of a worker: its argument contains the worker's pid. */
function guardianOf(workerPid: number): number {
  const pid = readdirSync('/proc').find((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(`"workerPid":${workerPid},`);
    } catch {
      return false; // exited meanwhile
    }
  });
  if (pid === undefined) throw new Error(`Worker ${workerPid} has no guardian`);
  return Number(pid);
}

/** The memory that temporal-reaper adds to a worker that only runs activities, and the memory of its guardian. */
export async function memoryRows(run: BenchRun): Promise<Row[]> {
  const values = { plain: [] as number[], host: [] as number[], control: [] as number[], guardian: [] as number[] };
  for (let pair = 0; pair < PAIRS; pair++) {
    const start = (name: string, plugin: boolean, control = false): ReturnType<BenchRun['startWorker']> =>
      run.startWorker({ taskQueue: `memory-${name}-${pair}`, plugin, workflows: false, options: { control } });
    const workers = await Promise.all([start('plain', false), start('host', true), start('control', true, true)]);
    await sleep(SETTLE_MS);
    const [plain, host, control] = workers.map(({ pid }) => privateMb(pid as number));
    values.plain.push(plain);
    values.host.push(host - plain);
    values.control.push(control - plain);
    values.guardian.push(privateMb(guardianOf(workers[1].pid as number)));
    for (const worker of workers) worker.kill('SIGKILL');
  }
  const group = 'private memory';
  const unit = 'MB' as const;
  return [
    { group, what: 'a plain worker for activities', unit, values: values.plain },
    { group, what: 'added by the reaper, control: false', unit, values: values.host, goal: 40 },
    { group, what: 'added by the reaper, control: true', unit, values: values.control, goal: 95 },
    { group, what: 'its guardian', unit, values: values.guardian, goal: 10 },
  ];
}
