import { SpawnDoor } from '../../../src/tracking/spawn-door';
import { AttemptLedger } from '../../../src/tracking/ledger';

const attempt = { namespace: 'n', workflowId: 'w', runId: 'r', activityId: 'a', attempt: 2 };
const opened = (token: string, of = attempt) => ({
  token,
  attempt: of,
  activityType: 't',
  taskToken: new Uint8Array(),
  sinceTicks: '5',
  escalation: { signal: 'SIGTERM', graceMs: 1, settleMs: 100 } as const,
  heartbeatTimeoutMs: 0,
  isLocal: false,
  leftovers: 'leave' as const,
  door: new SpawnDoor().memory,
});

test('finds the very attempt, and forgets what is deleted', () => {
  const ledger = new AttemptLedger(process.pid);
  const entry = ledger.open(opened('1'));
  expect(ledger.find({ ...attempt })).toBe(entry);
  for (const other of [{ attempt: 1 }, { runId: 'x' }, { activityId: 'b' }, { namespace: 'm' }, { workflowId: 'v' }]) {
    expect(ledger.find({ ...attempt, ...other })).toBeUndefined();
  }
  ledger.delete('1');
  expect(ledger.all()).toEqual([]);
});
