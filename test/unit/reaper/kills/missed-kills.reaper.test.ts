import type { ReaperNotice } from '../../../../src/tracking/reaper-protocol';
import { openContainment } from '../../../../src/process/containment/open-scan-or-basic';
import { randomUUID } from 'node:crypto';
import { Reaper } from '../../../../src/reaper/reaper';
import { SpawnDoor } from '../../../../src/tracking/spawn-door';
import { quietNotices } from '../../../helpers/quiet-notices';

const escalation = { signal: 'SIGTERM', graceMs: 100, settleMs: 100 } as const;

/** A reaper without server, thread and guardian. */
function openReaper() {
  const notices = { ...quietNotices(), notify: jest.fn<void, [ReaperNotice]>() };
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

/** The kills that it has told of. */
function kills({ notify }: { notify: jest.Mock<void, [ReaperNotice]> }): ReaperNotice[] {
  return notify.mock.calls.flatMap(([notice]) => (notice.type === 'killing' ? [notice] : []));
}

const attempt = { namespace: 'n', workflowId: 'w', runId: randomUUID(), activityId: 'a', attempt: 1 };
const opened = (door: SpawnDoor, of = attempt) => ({
  type: 'open' as const,
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
  expect(kills(notices)).toEqual([]);
  const door = new SpawnDoor();
  reaper.tell(opened(door));
  expect(door.closed).toBe(true);
  expect(kills(notices)).toMatchObject([{ token: 'token', then: 'cancel', reason: 'it is cancelled', isOver: true }]);
  await reaper.host.find(attempt)?.kill?.report;
  await reaper.stop();
});

test('the next attempt of the activity is not killed by it', async () => {
  const { reaper, notices } = openReaper();
  await reaper.host.killAbsent(attempt, request);
  const door = new SpawnDoor();
  reaper.tell(opened(door, { ...attempt, attempt: 2 }));
  expect(door.closed).toBe(false);
  expect(kills(notices)).toEqual([]);
  await reaper.stop();
});
