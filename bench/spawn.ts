/**
 * `npm run bench:spawn -- [--runs N] [--json FILE]`: what each containment level adds to the start of a process. Needs no
 * server. The levels take turns, so that all meet the same machine.
 */
import childProcess, { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import type { EnclosureRef } from '../src/process/containment/enclosure';
import { openForWorker } from '../src/process/containment/ladder';
import type { Containment } from '../src/process/containment/level';
import { openEncloser } from '../src/process/containment/open-encloser';
import { ownStartTicks } from '../src/process/identity';
import { AttemptScope, scopeStorage } from '../src/tracking/attempt-scope';
import type { ReaperLink } from '../src/tracking/link';
import { installSpawnHook } from '../src/tracking/spawn-hooks';
import { installSyncHooks } from '../src/tracking/sync-hooks';
import type { BenchRun } from './bench-run';
import { runBenchmark, say } from './program';
import type { Row } from './report';
import { median } from './statistics';

const WARM_UP = 20;

const HOW_TO_READ = `
- /bin/true, started in an attempt at each level and outside of any, in turn; the reaper is in no thread of its own here, so
  that the message to it is not in the figures.
- "the call" is what the main loop is held for; "until it has exited" what its caller waits for. At \`cgroup\` a process moves
  itself first: where such moves are rare the kernel may let it wait for some milliseconds, and back to back it does not.
`;

const mark = { hostId: hostname(), workerPid: process.pid, workerStartTicks: ownStartTicks() };
/** A reaper on its thread costs the spawning thread a message; this one, nothing. */
const refs: EnclosureRef[] = [];
const link = new Proxy(
  { enclosed: (_: string, ref: EnclosureRef) => void refs.push(ref) },
  { get: (told, name) => (name in told ? told[name as 'enclosed'] : () => undefined) },
) as unknown as ReaperLink;

interface Lane {
  name: string;
  containment?: Containment;
  scope?: AttemptScope;
  /** In ms: of the call, and until the exit; of a synchronous call. */
  call: number[];
  whole: number[];
  sync: number[];
}

async function laneOf(level: 'cgroup' | 'subreaper' | 'scan'): Promise<Lane[]> {
  try {
    const containment = await openForWorker(level, mark);
    const attempt = { namespace: 'bench', workflowId: 'w', runId: 'r', activityId: level, attempt: 1 };
    const scope = new AttemptScope(level, attempt, mark, true, link, openEncloser(containment.encloserData));
    return [{ name: level, containment, scope, call: [], whole: [], sync: [] }];
  } catch (error) {
    say(String(error));
    return [];
  }
}

async function spawnIn({ call, whole, sync }: Lane): Promise<void> {
  const begin = performance.now();
  const child = spawn('/bin/true', [], { stdio: 'ignore' });
  const called = performance.now();
  await once(child, 'exit');
  const exited = performance.now();
  childProcess.spawnSync('/bin/true', [], { stdio: 'ignore' });
  call.push(called - begin);
  whole.push(exited - begin);
  sync.push(performance.now() - exited);
}

function rowsOf(lanes: Lane[]): Row[] {
  const [untracked] = lanes;
  const fields = { call: 'the call', whole: 'until it has exited', sync: 'spawnSync' } as const;
  return lanes.flatMap((lane) =>
    (['call', 'whole', 'sync'] as const).flatMap((field): Row[] => {
      const row: Row = { group: lane.name, what: fields[field], unit: 'ms', values: lane[field] };
      if (lane === untracked) return [row];
      // Ratio of medians: single pairs are noise of a scheduler.
      const ratio = median(lane[field]) / median(untracked[field]);
      const goal = field === 'whole' ? 1.03 : undefined;
      return [
        row,
        { group: lane.name, what: `${fields[field]} / untracked, medians`, unit: 'ratio', values: [ratio], goal },
      ];
    }),
  );
}

async function measure(_: BenchRun, runs: number): Promise<{ rows: Row[]; runs: number }> {
  installSpawnHook();
  installSyncHooks();
  const lanes: Lane[] = [{ name: 'untracked', call: [], whole: [], sync: [] }];
  for (const level of ['scan', 'subreaper', 'cgroup'] as const) lanes.push(...(await laneOf(level)));
  for (let round = 0; round < runs + WARM_UP; round++) {
    if (round === WARM_UP) for (const { call, whole, sync } of lanes) call.length = whole.length = sync.length = 0;
    for (let turn = 0; turn < lanes.length; turn++) {
      const lane = lanes[(round + turn) % lanes.length];
      await (lane.scope ? scopeStorage.run(lane.scope, () => spawnIn(lane)) : spawnIn(lane));
    }
  }
  for (const { containment } of lanes) {
    for (const ref of refs) containment?.keeper?.closed(ref);
    containment?.keeper?.stop();
  }
  return { rows: rowsOf(lanes), runs };
}

runBenchmark({
  name: 'spawn',
  title: 'Start of a process, level by level',
  howToRead: HOW_TO_READ,
  defaultRuns: 300,
  needsServer: false,
  measure,
});
