import { userInfo } from 'node:os';
import type { ContainmentLevel } from '../../contract/kill-report';
import { assertHostId } from '../../contract/task-queues';
import { openForOrphans } from '../../process/containment/ladder';
import { tryForWorker } from '../../process/containment/try-for-worker';
import { defaultHostId, markedHost } from '../../process/host-id';
import { ownStartTicks } from '../../process/identity';
import { KillEngine } from '../../process/kill-engine';
import { findOrphans } from '../../process/sweep';

/** What this host shows by itself. */
export interface LocalFacts {
  /** As the workers of this host have it. */
  hostId: string;
  /** Number of the user, and its name where it has one. */
  user: string;
  /** Whether we see other users' processes too. */
  seesAll: boolean;
  level: ContainmentLevel;
  reason: string;
  remedy?: string;
  /** Processes of workers that are gone; undefined where no marker is read. */
  orphans?: { workerPid: number; pid: number; name: string }[];
}

function userName(): string {
  try {
    const { uid, username } = userInfo();
    return `${uid} (${username})`;
  } catch {
    return String(process.geteuid?.() ?? 'unknown'); // a container's user often has no entry
  }
}

/** @throws ReaperError `HOST_ID_INVALID` */
export async function lookHere(host?: string): Promise<LocalFacts> {
  const hostId = host ?? defaultHostId();
  assertHostId(hostId);
  const mark = { hostId: markedHost(hostId), workerPid: process.pid, workerStartTicks: ownStartTicks() };
  const trial = await tryForWorker(mark);
  const containment = openForOrphans('auto');
  const facts: LocalFacts = { hostId, user: userName(), seesAll: process.geteuid?.() === 0, ...trial };
  if (containment.level === 'basic') return facts;
  const attempts = await findOrphans(new KillEngine(containment), mark.hostId);
  const orphans = attempts.flatMap(({ marker: { workerPid }, processes }) =>
    processes.map(({ pid, name }) => ({ workerPid, pid, name })),
  );
  return { ...facts, orphans };
}
