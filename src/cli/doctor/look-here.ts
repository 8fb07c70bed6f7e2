import type { ContainmentLevel } from '../../contract/kill-report';
import { assertHostId } from '../../contract/task-queues';
import { openForOrphans } from '../../process/containment/ladder';
import { tryForWorker } from '../../process/containment/try-for-worker';
import { hostIdHere, markedHost } from '../../process/host-id';
import { ownStartTicks } from '../../process/table/liveness';
import { KillEngine } from '../../process/kill/kill-engine';
import { findOrphans } from '../../process/kill/sweep';
import { userName } from '../user-name';

/** What can be found out on this host without a server. */
export interface LocalFacts {
  /** The id that this host's workers use. */
  hostId: string;
  /** The user's id, with its name if it has one. */
  user: string;
  /** Whether we see other users' processes too. */
  seesAll: boolean;
  level: ContainmentLevel;
  reason: string;
  remedy?: string;
  /** Processes of dead workers; undefined where markers cannot be read. */
  orphans?: { workerPid: number; pid: number; name: string }[];
  /** How many more processes of other users carry such a marker. */
  doubted?: number;
}

function ourUser(): string {
  const [uid, name] = [process.geteuid?.() ?? 'unknown', userName()];
  return name === undefined ? `${uid}` : `${uid} (${name})`;
}

/** @throws ReaperError `HOST_ID_INVALID` */
export async function lookHere(host?: string): Promise<LocalFacts> {
  const hostId = host ?? hostIdHere();
  assertHostId(hostId);
  const mark = { hostId: markedHost(hostId), workerPid: process.pid, workerStartTicks: ownStartTicks() };
  const trial = await tryForWorker(mark);
  const containment = openForOrphans('auto');
  const facts: LocalFacts = { hostId, user: ourUser(), seesAll: process.geteuid?.() === 0, ...trial };
  if (containment.level === 'basic') return facts;
  const { attempts, doubted } = await findOrphans(new KillEngine(containment), mark.hostId);
  const orphans = attempts.flatMap(({ marker: { workerPid }, processes }) =>
    processes.map(({ pid, name }) => ({ workerPid, pid, name })),
  );
  return { ...facts, orphans, doubted: doubted.length };
}
