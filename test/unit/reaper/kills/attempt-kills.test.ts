import { monotonicMs } from '../../../../src/process/clock';
import type { KillOptions } from '../../../../src/activities/kill';
import { nothingKilled } from '../../../../src/contract/kill-report';
import type { Escalation } from '../../../../src/contract/escalation';
import { AttemptKills } from '../../../../src/reaper/kills/attempt-kills';
import type { ProcessKiller } from '../../../../src/reaper/kills/process-killer';
import { SpawnDoor } from '../../../../src/tracking/spawn-door';
import { AttemptLedger } from '../../../../src/tracking/ledger';
import type { LedgerEntry } from '../../../../src/tracking/ledger-entry';
import { quietNotices } from '../../../helpers/quiet-notices';

const GRACE_MS = 25_000;
const LEFT_MS = 200;

/** Kills an attempt shortly before its own deadline; says how much grace its processes have, and then its cleanup. */
async function graces(options: Omit<KillOptions, 'reason'>): Promise<{ kill: number; cleanup: number }> {
  const ledger = new AttemptLedger(process.pid);
  const entry: LedgerEntry = ledger.open({
    token: 't',
    attempt: { namespace: 'n', workflowId: 'w', runId: 'r', activityId: 'a', attempt: 1 },
    activityType: 'a',
    taskToken: new Uint8Array(),
    sinceTicks: '0',
    escalation: { signal: 'SIGTERM', graceMs: GRACE_MS, settleMs: 5_000 },
    deadlineAt: monotonicMs() + LEFT_MS,
    heartbeatTimeoutMs: 0,
    isLocal: false,
    leftovers: 'warn',
    door: new SpawnDoor().memory,
  });
  let kill = -1;
  const report = nothingKilled({ level: 'scan', proof: 'scan' });
  const killer = {
    kill: async (_entry: LedgerEntry, _all: LedgerEntry[], { graceMs }: Escalation) => {
      kill = graceMs;
      return report;
    },
  } as unknown as ProcessKiller;
  const kills = new AttemptKills({
    ledger,
    killer,
    notices: quietNotices(),
    holdMs: 0,
    onBegin: () => undefined,
    close: () => undefined,
    hold: async () => 'cancelled' as const,
    reportCancellation: async () => undefined,
  });
  await kills.begin(entry, { reason: 'test', ...options });
  const cleanup = (entry.cleanup?.endsAt ?? 0) - monotonicMs();
  kills.closed(entry);
  return { kill, cleanup };
}

const ofAll: [string, Omit<KillOptions, 'reason'>][] = [
  ['its own clock says that its time is up', { then: 'expire' }],
  ['Temporal is done with it, by its clock a little earlier', { then: 'cancel', isOver: true }],
];
test.each(ofAll)('all of the grace is there when %s', async (_when, options) => {
  const { kill, cleanup } = await graces(options);
  expect(kill).toBe(GRACE_MS);
  expect(cleanup).toBeGreaterThan(GRACE_MS - 1_000);
});

test('a cancel has to be over before the deadline of its attempt', async () => {
  const { kill, cleanup } = await graces({ then: 'cancel' });
  expect(kill).toBeLessThanOrEqual(LEFT_MS / 2);
  expect(cleanup).toBeLessThanOrEqual(LEFT_MS / 2);
});
