import type { ListedProcess } from '../../../../src/contract/process-ref';
import type { ListOutcome } from '../../../../src/contract/outcomes';

/** When the planted lists are made: Unix time in ms. */
export const NOW = 1_796_000_000_000;

type PlantedProcess = Partial<ListedProcess> & { pid: number };

/** A process of an attempt. */
export function planted(process: PlantedProcess): ListedProcess {
  const { pid } = process;
  return { startTicks: `${pid}`, ppid: 10, pgid: pid, sid: pid, state: 'S', name: `program-${pid}`, ...process };
}

/** One worker's list; each workflow has one attempt with these processes. */
export function plantedList(
  workflows: Record<string, PlantedProcess[]>,
  listedAt = NOW,
  hostId = 'host-a',
): ListOutcome {
  const location = { hostId, workerPid: 10 };
  const attempts = Object.entries(workflows).map(([workflowId, processes], index) => ({
    attempt: { namespace: 'shop', workflowId, runId: 'run-1', activityId: 'build', attempt: 2 },
    activityType: 'buildImage',
    openedAt: NOW - 60_000 * (index + 1),
    closing: false,
    processes: processes.map(planted),
  }));
  const about = { level: 'scan', levelReason: '', form: 'thread', version: '1', listedAt } as const;
  return { hosts: [{ ...location, status: 'answered', result: { ...location, ...about, attempts } }] };
}
