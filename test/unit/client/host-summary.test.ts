import { summariseHosts } from '../../../src/client/host-summary';
import type { ListedAttempt } from '../../../src/client';

const attempt = (processes: number): ListedAttempt => ({
  attempt: { namespace: 'shop', workflowId: 'w', runId: 'r', activityId: 'a', attempt: 1 },
  activityType: 'build',
  openedAt: 0,
  closing: false,
  processes: Array.from({ length: processes }, (_, index) => ({
    pid: 100 + index,
    startTicks: '1',
    ppid: 1,
    pgid: 1,
    sid: 1,
    state: 'S',
    name: 'sleep',
  })),
});

test('workers are grouped by host, with their attempts and processes counted', () => {
  const result = { level: 'scan', levelReason: 'no native part', form: 'thread', version: '1.0.0' } as const;
  const location = { hostId: 'host-a', workerPid: 1 };
  const hosts = summariseHosts({
    hosts: [
      { ...location, status: 'answered', result: { ...location, ...result, attempts: [attempt(2), attempt(0)] } },
      { hostId: 'host-b', workerPid: 7, status: 'unreachable', message: 'no answer' },
      { hostId: 'host-a', workerPid: 2, status: 'failed', message: 'broke' },
    ],
  });
  expect(hosts).toEqual([
    {
      hostId: 'host-a',
      workers: [
        { workerPid: 1, status: 'answered', ...result, attempts: 2, processes: 2 },
        { workerPid: 2, status: 'failed', message: 'broke' },
      ],
    },
    { hostId: 'host-b', workers: [{ workerPid: 7, status: 'unreachable', message: 'no answer' }] },
  ]);
});
