import type { CancelPreview } from '../../../src/client';
import type { Fate, ProcessFate } from '../../../src/contract/kill-report';
import type { KillResult } from '../../../src/contract/host-requests';
import type { CancelOutcome, HostOutcome, ListOutcome } from '../../../src/contract/outcomes';

const attempt = { namespace: 'shop', workflowId: 'order-42', runId: 'run-1', activityId: 'build', attempt: 2 };

export function processFate(pid: number, name: string, fate: Fate): ProcessFate {
  const isAlive = fate === 'survived' || fate === 'denied';
  return {
    pid,
    startTicks: '1',
    ppid: 1,
    pgid: pid,
    sid: pid,
    name,
    fate,
    signal: fate === 'denied' ? undefined : fate === 'exited' ? 'SIGTERM' : 'SIGKILL',
    deadAfterMs: isAlive ? undefined : 51.6,
    state: isAlive ? 'D' : undefined,
  };
}

export function hostKill(...processes: ProcessFate[]): HostOutcome<KillResult> {
  const location = { hostId: 'host-a', workerPid: 10 };
  const report = { level: 'scan', proof: 'scan', startedAt: 1, durationMs: 52, looks: 3, processes } as const;
  return { ...location, status: 'answered', result: { ...location, kills: [{ attempt, report }] } };
}

export function killOutcome(more: Partial<CancelOutcome> = {}): CancelOutcome {
  return {
    workflowId: 'order-42',
    runId: 'run-1',
    cancel: 'cancel',
    hosts: [hostKill(processFate(101, 'ffmpeg', 'exited'))],
    unguarded: [],
    unreached: [],
    status: 'CANCELED',
    requestedAt: 1,
    ...more,
  };
}

export const unreachable: HostOutcome<never> = {
  hostId: 'host-b',
  workerPid: 20,
  status: 'unreachable',
  message: 'activity ScheduleToStart timeout',
};

export function listOutcome(): ListOutcome {
  const location = { hostId: 'host-a', workerPid: 10 };
  const info = { startTicks: '1', ppid: 10, pgid: 101, sid: 101, state: 'S' };
  const used = { startedAt: 60_000, cpuMs: 1_500, memoryBytes: 3 * 1024 * 1024 };
  return {
    hosts: [
      {
        ...location,
        status: 'answered',
        result: {
          ...location,
          level: 'scan',
          levelReason: 'there is no native part',
          form: 'thread',
          version: '1.2.3',
          attempts: [
            {
              attempt,
              activityType: 'buildImage',
              openedAt: 0,
              closing: false,
              processes: [
                { ...info, ...used, pid: 101, name: 'sh' },
                { ...info, ppid: 101, pid: 102, name: 'evil\u001b[2J' },
              ],
            },
            {
              attempt: { ...attempt, activityId: 'idle' },
              activityType: 'idle',
              openedAt: 0,
              closing: true,
              processes: [],
            },
          ],
        },
      },
    ],
  };
}

export function cancelPreview(more: Partial<CancelPreview> = {}): CancelPreview {
  const [{ attempt, activityType, processes }] = listOutcome().hosts[0].result?.attempts ?? [];
  const build = { attempt, activityType, status: 'listed', hostId: 'host-a', workerPid: 10, processes } as const;
  return { workflowId: 'order-42', runId: 'run-1', interceptor: 'no', activities: [build], childIds: [], ...more };
}
