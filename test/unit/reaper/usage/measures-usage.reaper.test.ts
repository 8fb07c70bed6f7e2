import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { openContainment } from '../../../../src/process/containment/open-scan-or-basic';
import { Reaper } from '../../../../src/reaper/reaper';
import { SpawnDoor } from '../../../../src/tracking/spawn-door';
import type { ReaperNotice, TypeUsage } from '../../../../src/tracking/reaper-protocol';
import { quietNotices } from '../../../helpers/quiet-notices';
import { waitUntil } from '../../../helpers/wait-until';

const escalation = { signal: 'SIGKILL', graceMs: 0, settleMs: 1_000 } as const;

let child: ChildProcess;
beforeAll(() => {
  child = spawn('sleep', ['600'], { stdio: 'ignore' });
});
afterAll(() => child?.kill('SIGKILL'));

/** A reaper without server, thread and guardian that holds an attempt with one process. */
function openReaper(measuresUsage: boolean | undefined) {
  const reports: TypeUsage[][] = [];
  const notify = (notice: ReaperNotice): void => {
    if (notice.type === 'counted' && notice.counted.what === 'usage') reports.push(notice.counted.types);
  };
  const location = { hostId: `unit-${randomUUID()}`, workerPid: process.pid };
  const config = {
    ...location,
    mark: { ...location, workerStartTicks: '1' },
    namespace: 'n',
    containment: 'auto' as const,
    control: false,
    watchIntervalMs: false as const,
    guardian: false,
    guardianEscalation: escalation,
    escalation,
    measuresUsage,
    version: '0',
  };
  const reaper = new Reaper(config, 'inline', { ...quietNotices(), notify }, openContainment('scan'));
  const token = randomUUID();
  reaper.tell({
    type: 'open',
    token,
    attempt: { namespace: 'n', workflowId: 'w', runId: randomUUID(), activityId: 'a', attempt: 1 },
    activityType: 't',
    taskToken: new Uint8Array(),
    sinceTicks: '1',
    escalation,
    heartbeatTimeoutMs: 0,
    isLocal: false,
    leftovers: 'leave',
    door: new SpawnDoor().memory,
  });
  return { reaper, reports, token };
}

test('only where somebody reads it; a report after the last process shows none', async () => {
  const [measuring, other] = [openReaper(true), openReaper(undefined)];
  for (const { reaper, token } of [measuring, other]) {
    reaper.tell({ type: 'processStarted', token, pid: child.pid!, leadsGroup: false, isEnclosed: false });
  }
  const last = (): TypeUsage | undefined => measuring.reports.at(-1)?.[0];
  await waitUntil('the process is reported', () => last()?.processes === 1);
  expect(last()).toMatchObject({ activityType: 't', attempts: 1 });
  expect(last()?.memoryBytes).toBeGreaterThan(0);
  for (const { reaper, token } of [measuring, other]) reaper.tell({ type: 'close', token, leftovers: 'leave' });
  await waitUntil('it is no longer reported', () => (last()?.processes ?? 0) === 0);
  for (const { reaper } of [measuring, other]) await reaper.stop();
  expect(other.reports).toEqual([]);
});
