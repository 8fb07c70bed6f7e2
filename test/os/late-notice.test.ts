import { openContainment } from '../../src/process/containment/open-scan-or-basic';
import { randomUUID } from 'node:crypto';
import { nowTicks, ownStartTicks, startTicksOf } from '../../src/process/table/liveness';
import { attemptKey, formatMarker, markerName } from '../../src/process/marker';
import { Reaper } from '../../src/reaper/reaper';
import { SpawnDoor } from '../../src/tracking/spawn-door';
import { TestRun } from '../fixtures/processes/test-run';
import { isRunning } from '../helpers/kernel-oracle';
import { quietNotices } from '../helpers/quiet-notices';
import { waitUntil } from '../helpers/wait-until';

const run = new TestRun();
afterAll(() => run.end());

const mark = { hostId: 'host-a', workerPid: process.pid, workerStartTicks: ownStartTicks() };
const escalation = { signal: 'SIGTERM', graceMs: 2_000, settleMs: 2_000 } as const;

function openReaper(): Reaper {
  const config = {
    hostId: mark.hostId,
    workerPid: mark.workerPid,
    mark,
    namespace: 'default',
    containment: 'auto' as const,
    control: false,
    watchIntervalMs: false as const,
    guardian: false,
    guardianEscalation: escalation,
    escalation,
    version: 'test',
  };
  return new Reaper(config, 'inline', quietNotices(), openContainment('scan'));
}

/** A busy reaper hears of an attempt when its first process has long become a daemon that only its marker names. */
async function killWhatBeganBefore(sinceTicks: (atBegin: string) => string): Promise<boolean> {
  const attempt = { namespace: 'default', workflowId: randomUUID(), runId: randomUUID(), activityId: '1', attempt: 1 };
  const key = attemptKey(attempt);
  const env = { [markerName(key)]: formatMarker({ key, ...mark, attempt: 1 }) };
  const atBegin = nowTicks();
  const fixture = await run.start('daemonises', { env });
  const daemon = fixture.pidOf('daemon');
  fixture.child.kill('SIGKILL');
  await waitUntil('the clock is past its start', () => Number(nowTicks()) > Number(startTicksOf(daemon)));

  expect(isRunning(daemon)).toBe(true);
  const reaper = openReaper();
  reaper.tell({
    type: 'open',
    token: 't',
    attempt,
    activityType: 'late',
    taskToken: new Uint8Array(),
    sinceTicks: sinceTicks(atBegin),
    escalation,
    heartbeatTimeoutMs: 0,
    isLocal: true,
    leftovers: 'leave' as const,
    door: new SpawnDoor().memory,
  });
  await reaper.ask({ type: 'kill', token: 't', then: 'fail', reason: 'test' });
  await reaper.stop();
  return isRunning(daemon);
}

test('a process that started before the reaper heard of its attempt is found', async () => {
  expect(await killWhatBeganBefore((atBegin) => atBegin)).toBe(false);
});

test('negative control: with the time of the message as lower bound it is taken for a stranger', async () => {
  expect(await killWhatBeganBefore(() => nowTicks())).toBe(true);
});
