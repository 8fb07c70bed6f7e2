import { setTimeout as delay } from 'node:timers/promises';
import type { Escalation } from '../../contract/escalation';
import type { KillReport } from '../../contract/kill-report';
import type { Containment, LevelKill } from '../containment/level';
import { endDeafInits } from './deaf-init';
import { errorCode } from '../error-code';
import { KillRecord, type TargetProcess } from './kill-record';
import { mayReachAll, signalAll, sightOf, unseenGroups } from './kill-round';
import type { KillTarget } from './kill-target';
import { KillLooks } from './choose-look';
import { protectionFrom } from './protect';
import type { SharedLook } from '../table/shared-look';
import { signalKnown } from './signal-known';
import { waitForDeaths } from './wait-for-deaths';

/** Between fork and exec a child shows its parent's environment, and a listing may miss one: two looks must be empty. */
const EMPTY_LOOKS = 2;
const CONFIRM_MS = 3;
const MIN_PAUSE_MS = 1;
const MAX_PAUSE_MS = 100;
/** Processes signalled before the first look die faster if that look does not take the processor at once. */
const BEFORE_FIRST_LOOK_MS = 10;

/**
 * First signal, grace period, SIGKILL, report. Known processes get the signal before the first look; each process that a
 * look finds gets it once. Looks are frequent at first, so this returns as soon as the last process is dead.
 *
 * @returns rejects when processes cannot be looked at; a lack of descriptors or memory counts only if it lasts longer than
 *   grace period and settle time
 */
export async function escalateKill(
  containment: Containment,
  looks: SharedLook,
  target: KillTarget,
  escalation: Escalation,
): Promise<KillReport> {
  const record = new KillRecord();
  const { signal } = escalation;
  // Retried until there is one: the attempt may be creating it in its first spawn.
  let levelKill: LevelKill | undefined;
  let emptyLooks = 0;
  let pauseMs = MIN_PAUSE_MS;
  let forcedAtMs: number | undefined;
  let killLooks: KillLooks | undefined;
  let noteReached: ((targetProcess: TargetProcess) => void) | undefined;

  const waitUntilDead = (targetProcesses: TargetProcess[], maxMs: number): Promise<void> =>
    waitForDeaths(containment.table, targetProcesses, maxMs, (targetProcess) => record.noteDeath(targetProcess));

  const begin = async (): Promise<void> => {
    const first = escalation.graceMs === 0 ? 'SIGKILL' : signal;
    noteReached = await signalKnown(
      containment,
      target,
      record,
      first,
      () => (levelKill ??= containment.beginKill?.(target)),
    );
    const signalled = record.alive();
    if (signalled.length > 0) await waitUntilDead(signalled, BEFORE_FIRST_LOOK_MS);
  };

  const step = async (): Promise<KillReport | undefined> => {
    // Read each time: another request that joins the kill may shorten it.
    const { graceMs, settleMs } = escalation;
    // Asked before the look: a child started after this would be in no look yet.
    const spawning = target.spawning();
    killLooks ??= new KillLooks(containment, looks, target, record);
    const { marked, reach } = await killLooks.next();
    const { look } = marked;
    const protection = protectionFrom(look);
    const found = await containment.find(marked, target, record, protection);
    record.observe(found);
    if (target.marker && mayReachAll()) record.noteUsers(containment.table);
    levelKill ??= containment.beginKill?.(target);
    levelKill?.observe(found);

    // A look inside the enclosure signals only single processes: it cannot tell whether a group is complete or empty.
    const sight =
      reach === 'inside'
        ? { look, protection, groups: new Map<number, string>(), unseen: [] }
        : sightOf(look, target, record, protection);
    const unseen = unseenGroups(sight);
    // A group without any visible member may belong to strangers by now.
    if (reach === 'whole' && unseen.some((pgid) => look.group(pgid).length === 0)) return void killLooks.lookFar();
    const alive = record.alive();
    const isEmpty = alive.every(({ denied }) => denied) && unseen.length === 0 && !isStillPopulated(levelKill, alive);
    const isOver = isEmpty && !spawning;
    emptyLooks = isOver ? emptyLooks + 1 : 0;
    const now = record.elapsedMs();
    if (emptyLooks >= EMPTY_LOOKS || (forcedAtMs !== undefined && now >= forcedAtMs + settleMs)) {
      const survivors = isStillPopulated(levelKill, alive) && alive.length === 0 ? [...unseen, 0] : unseen;
      const report = record.report(containment, levelKill?.proof ?? containment.proof, survivors);
      const cpuMs = levelKill?.usedCpuMs; // read before the end, which may remove what keeps it
      levelKill?.end();
      return cpuMs === undefined ? report : { ...report, cpuMs };
    }

    const graceEndsMs = signal === 'SIGKILL' || graceMs === 0 ? 0 : (record.firstSignalAfterMs ?? 0) + graceMs;
    if (now >= graceEndsMs && !isOver) {
      if (forcedAtMs === undefined) pauseMs = MIN_PAUSE_MS;
      forcedAtMs ??= now;
      signalAll(containment, sight, record, alive, 'SIGKILL');
      levelKill?.kill(); // last, so that the report knows which signal killed each process
    } else {
      const unsignalled = alive.filter((targetProcess) => targetProcess.signal === undefined && !targetProcess.denied);
      unsignalled.forEach((targetProcess) => noteReached?.(targetProcess));
      const fresh = unsignalled.filter((targetProcess) => targetProcess.signal === undefined && !targetProcess.denied);
      if (fresh.length > 0 || unseen.length > 0) signalAll(containment, sight, record, fresh, signal);
      endDeafInits(containment.table, look, record, signal);
    }

    killLooks.note(look, isOver, forcedAtMs !== undefined);
    const nextStepMs = forcedAtMs === undefined ? graceEndsMs : forcedAtMs + settleMs;
    // Spend at most half of the time looking, however many processes there are.
    const pause = isOver
      ? CONFIRM_MS
      : Math.min(Math.max(pauseMs, look.costMs), Math.max(nextStepMs - now, MIN_PAUSE_MS));
    if (!isOver) pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
    const waitingFor = isOver ? [] : alive.filter(({ denied }) => !denied);
    await waitUntilDead(waitingFor, pause);
    return undefined;
  };

  for (;;) {
    try {
      if (!noteReached) await begin();
      const report = await step();
      if (report) return report;
    } catch (error) {
      const { graceMs, settleMs } = escalation;
      if (!mayPass(error) || record.elapsedMs() >= graceMs + settleMs) throw error;
      await delay(MAX_PAUSE_MS);
    }
  }
}

/** The worker is out of descriptors or memory, or a look failed: often only for a moment, so do not give up the kill. */
function mayPass(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'].includes(errorCode(error) ?? '');
}

/** Whether the enclosure has living members other than those that we may not signal. */
function isStillPopulated(levelKill: LevelKill | undefined, alive: TargetProcess[]): boolean {
  return levelKill?.isPopulated === true && !alive.some(({ denied }) => denied);
}
