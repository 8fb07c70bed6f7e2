import { openContainment } from '../../../src/process/containment/containment';
import { randomUUID } from 'node:crypto';
import { Reaper } from '../../../src/reaper/reaper';
import { Door } from '../../../src/tracking/door';
import { quietNotices } from '../../helpers/quiet-notices';

const escalation = { signal: 'SIGTERM', graceMs: 100, settleMs: 100 } as const;

/** A reaper without server, thread and guardian. */
function openReaper() {
  const notices = { ...quietNotices(), killing: jest.fn() };
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
    version: '0',
  };
  return { reaper: new Reaper(config, 'inline', notices, openContainment('scan')), notices };
}

const attempt = { namespace: 'n', workflowId: 'w', runId: randomUUID(), activityId: 'a', attempt: 1 };
const opened = (door: Door, of = attempt) => ({
  token: 'token',
  attempt: of,
  activityType: 't',
  taskToken: new Uint8Array(),
  escalation,
  heartbeatTimeoutMs: 0,
  isLocal: false,
  sinceTicks: '1',
  leftovers: 'leave' as const,
  door: door.memory,
});
const request = { then: 'cancel', reason: 'it is cancelled' } as const;

test('a kill that came before its attempt was known is carried out when it opens', async () => {
  const { reaper, notices } = openReaper();
  expect((await reaper.host.killAbsent(attempt, request)).processes).toEqual([]);
  expect(notices.killing).not.toHaveBeenCalled();
  const door = new Door();
  reaper.open(opened(door));
  expect(door.closed).toBe(true);
  expect(notices.killing.mock.calls).toEqual([['token', 'cancel', 'it is cancelled', false]]);
  await reaper.host.find(attempt)?.kill?.report;
  await reaper.stop();
});

test('the next attempt of the activity is not killed by it', async () => {
  const { reaper, notices } = openReaper();
  await reaper.host.killAbsent(attempt, request);
  const door = new Door();
  reaper.open(opened(door, { ...attempt, attempt: 2 }));
  expect(door.closed).toBe(false);
  expect(notices.killing).not.toHaveBeenCalled();
  await reaper.stop();
});
