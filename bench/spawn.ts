/**
 * What each containment level adds to a spawn: `npm run build && node scripts/bench.mjs spawn [rounds]`. Needs no server.
 * The levels take turns, so that all meet the same machine.
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
import { percentile } from './statistics';

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
  /** In µs: of the call, and until the exit; of a synchronous call. */
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
    console.log(String(error));
    return [];
  }
}

async function measure({ call, whole, sync }: Lane): Promise<void> {
  const begin = performance.now();
  const child = spawn('/bin/true', [], { stdio: 'ignore' });
  const called = performance.now();
  await once(child, 'exit');
  const exited = performance.now();
  childProcess.spawnSync('/bin/true', [], { stdio: 'ignore' });
  call.push((called - begin) * 1000);
  whole.push((exited - begin) * 1000);
  sync.push((performance.now() - exited) * 1000);
}

async function main(rounds: number): Promise<void> {
  installSpawnHook();
  installSyncHooks();
  const lanes: Lane[] = [{ name: 'untracked', call: [], whole: [], sync: [] }];
  for (const level of ['scan', 'subreaper', 'cgroup'] as const) lanes.push(...(await laneOf(level)));
  for (let round = 0; round < rounds + 20; round++) {
    for (let turn = 0; turn < lanes.length; turn++) {
      const lane = lanes[(round + turn) % lanes.length];
      if (round === 20) for (const times of [lane.call, lane.whole, lane.sync]) times.length = 0;
      await (lane.scope ? scopeStorage.run(lane.scope, () => measure(lane)) : measure(lane));
    }
  }
  const row = (times: number[]): string => [0.5, 0.9].map((share) => Math.round(percentile(times, share))).join(' / ');
  console.table(
    Object.fromEntries(
      lanes.map(({ name, call, whole, sync }) => [
        name,
        { 'call µs p50 / p90': row(call), 'until exit': row(whole), spawnSync: row(sync) },
      ]),
    ),
  );
  for (const { containment } of lanes) {
    for (const ref of refs) containment?.keeper?.closed(ref);
    containment?.keeper?.stop();
  }
}

main(Number(process.argv[2] ?? 300)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
