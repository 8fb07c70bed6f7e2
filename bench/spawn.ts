/**
 * `npm run bench:spawn -- [--runs N] [--json FILE]`: what each containment level adds to the start of a process, back to
 * back and with a pause before each start, as activities do it. Needs no server. The levels take turns in random order, so
 * that all run under the same conditions.
 */
import childProcess, { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { EnclosureRef } from '../src/process/containment/enclosure';
import { openForWorker } from '../src/process/containment/ladder';
import type { Containment } from '../src/process/containment/level';
import { openEncloser } from '../src/process/containment/open-encloser';
import { ownStartTicks } from '../src/process/table/liveness';
import type { AttemptScope } from '../src/tracking/attempt-scope';
import { scopeStorage } from '../src/tracking/scope-storage';
import { scopeOf } from '../test/helpers/attempt-scope';
import type { ReaperLink } from '../src/tracking/reaper-protocol';
import { installSpawnHook } from '../src/tracking/spawn-hooks';
import { installSyncHooks } from '../src/tracking/sync-hooks';
import type { BenchRun } from './bench-run';
import { runBenchmark, say } from './program';
import type { Row } from './report';
import { percentile } from './statistics';

const WARM_UP = 20;
/** Pause before each start, in ms: a worker's activities do not start processes back to back. */
const PAUSES = [0, 100];
const GOAL = 1.1;

const HOW_TO_READ = `
- /bin/true, started in an attempt at each level and outside any attempt, in random order. The reaper does not run on its
  own thread here, so the figures do not include the message to it.
- "the call" is how long the main loop is blocked; "until it has exited" is how long the caller waits; \`spawnSync\` is both.
- Ratios compare medians and 90th percentiles with those of the untracked start: single pairs are scheduler noise.
- "untracked, own session": only \`detached: true\`, which every tracked start has too (\`ownSession\`).
- "cgroup, not empty": another process of the attempt is alive, and a start costs what it costs outside. In an empty cgroup
  the call takes longer, and the caller waits hardly longer: clone3 itself takes the same time, but the kernel then reports
  the cgroup as populated, at most every 10 ms.
- "cgroup, moving itself": if clone3 is refused, or the process changes its user or group, the process moves itself into the
  cgroup and waits for the kernel.
`;

const mark = { hostId: hostname(), workerPid: process.pid, workerStartTicks: ownStartTicks() };
/** A reaper on its own thread costs the spawning thread a message; this one costs nothing. */
const refs: EnclosureRef[] = [];
const link: ReaperLink = {
  isOnThread: false,
  tell: (command) => void (command.type === 'enclosed' && refs.push(command.ref)),
  ask: async () => undefined,
};

/** Processes that keep a cgroup from being empty; ended with the benchmark. */
const companions: ChildProcess[] = [];

const FIELDS = { call: 'the call', whole: 'until it has exited', sync: 'spawnSync' } as const;
type Field = keyof typeof FIELDS;

interface Lane {
  name: string;
  containment?: Containment;
  scope?: AttemptScope;
  options?: { uid?: number; detached?: boolean };
  goal?: number;
  /** For each pause, in ms: the call, the time until the exit, and a synchronous call. */
  values: Record<Field, number[]>[];
}

const noValues = (): Lane['values'] => PAUSES.map(() => ({ call: [], whole: [], sync: [] }));

async function lanesOf(level: 'cgroup' | 'subreaper' | 'scan'): Promise<Lane[]> {
  try {
    const containment = await openForWorker(level, mark);
    const scope = (name: string): AttemptScope =>
      scopeOf({
        token: name,
        attempt: { namespace: 'bench', workflowId: 'w', runId: 'r', activityId: name, attempt: 1 },
        mark,
        link,
        encloser: openEncloser(containment.encloserData),
      });
    const lane = { name: level, containment, scope: scope(level), goal: GOAL, values: noValues() };
    if (level !== 'cgroup') return [lane];
    const notEmpty = { ...lane, name: 'cgroup, not empty', scope: scope('not empty'), values: noValues() };
    scopeStorage.run(notEmpty.scope, () => companions.push(spawn('sleep', ['3600'], { stdio: 'ignore' })));
    const uid = process.geteuid?.();
    if (uid === undefined) return [lane, notEmpty];
    // Node changes to our own user, so nothing else differs.
    const movingItself = { name: 'cgroup, moving itself', scope: lane.scope, options: { uid }, values: noValues() };
    return [lane, notEmpty, movingItself];
  } catch (error) {
    say(String(error));
    return [];
  }
}

async function spawnIn({ values, options }: Lane, pause: number): Promise<void> {
  const { call, whole, sync } = values[pause];
  const given = { stdio: 'ignore', ...options } as const;
  await delay(PAUSES[pause]);
  const begin = performance.now();
  const child = spawn('/bin/true', [], given);
  const called = performance.now();
  await once(child, 'exit');
  const exited = performance.now();
  await delay(PAUSES[pause]);
  const beginSync = performance.now();
  childProcess.spawnSync('/bin/true', [], given);
  sync.push(performance.now() - beginSync);
  call.push(called - begin);
  whole.push(exited - begin);
}

function rowsOf([untracked, ...lanes]: Lane[]): Row[] {
  return PAUSES.flatMap((ms, pause) => {
    const when = ms === 0 ? 'one after the other' : `${ms} ms apart`;
    const row = ({ name, values }: Lane, field: Field): Row => {
      return { group: name, what: `${FIELDS[field]}, ${when}`, unit: 'ms', values: values[pause][field] };
    };
    const ratios = (lane: Lane, field: Field): Row[] =>
      ([0.5, 0.9] as const).map((share) => {
        const ratio = percentile(lane.values[pause][field], share) / percentile(untracked.values[pause][field], share);
        const what = `${FIELDS[field]}, ${when} / untracked, p${share * 100}`;
        return { group: lane.name, what, unit: 'ratio', values: [ratio], goal: lane.goal };
      });
    const fields = Object.keys(FIELDS) as Field[];
    return [
      ...fields.map((field) => row(untracked, field)),
      ...lanes.flatMap((lane) => fields.flatMap((field) => [row(lane, field), ...ratios(lane, field)])),
    ];
  });
}

/** In random order, so that the after-effects of each affect all others equally often. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

async function measure(_: BenchRun, runs: number): Promise<{ rows: Row[]; runs: number }> {
  installSpawnHook();
  installSyncHooks();
  const lanes: Lane[] = [
    { name: 'untracked', values: noValues() },
    { name: 'untracked, own session', options: { detached: true }, values: noValues() },
  ];
  for (const level of ['scan', 'subreaper', 'cgroup'] as const) lanes.push(...(await lanesOf(level)));
  for (let pause = 0; pause < PAUSES.length; pause++) {
    for (let round = 0; round < runs + WARM_UP; round++) {
      if (round === WARM_UP) for (const lane of lanes) lane.values[pause] = noValues()[pause];
      for (const lane of shuffled(lanes)) {
        await (lane.scope ? scopeStorage.run(lane.scope, () => spawnIn(lane, pause)) : spawnIn(lane, pause));
      }
    }
  }
  for (const companion of companions) {
    companion.kill('SIGKILL');
    await once(companion, 'exit');
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
  defaultRuns: 150,
  needsServer: false,
  measure,
});
