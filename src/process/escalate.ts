import { setTimeout as delay } from 'node:timers/promises';
import type { Escalation } from '../contract/escalation';
import type { KillReport } from '../contract/kill-report';
import type { Containment, Hold } from './containment/level';
import { errorCode } from './error-code';
import { KillRecord, type Quarry } from './kill-record';
import { signalAll, sightOf, unseenGroups } from './kill-round';
import type { KillTarget } from './kill-target';
import { startedSince } from './look';
import { protectionFrom } from './protect';
import type { SharedLook } from './shared-look';
import { waitForDeaths } from './wait-for-deaths';

/** Between fork and exec a child shows its parent's environment, and a listing may miss one: empty must be seen twice. */
const EMPTY_LOOKS = 2;
const CONFIRM_MS = 3;
const MIN_PAUSE_MS = 1;
const MAX_PAUSE_MS = 100;

/**
 * First signal, grace, SIGKILL, report. Looks again early and often at first, so it returns as soon as the last process
 * is dead. Whoever appears meanwhile gets the first signal once.
 *
 * @returns rejects when processes cannot be looked at; for want of descriptors or memory only when that lasts beyond
 *   grace and settle
 */
export async function escalate(
  containment: Containment,
  looks: SharedLook,
  target: KillTarget,
  escalation: Escalation,
): Promise<KillReport> {
  const record = new KillRecord();
  const { signal } = escalation;
  // Looked for again until there is one: the attempt may be making it in its first spawn.
  let hold: Hold | undefined;
  let emptyLooks = 0;
  let pauseMs = MIN_PAUSE_MS;
  let forcedAtMs: number | undefined;

  const step = async (): Promise<KillReport | undefined> => {
    // Read afresh: whoever joins a kill may shorten it.
    const { graceMs, settleMs } = escalation;
    // Asked before the look: a child started after it would be in no look yet.
    const spawning = target.spawning();
    const marked = await looks.take(freshSince(target, record));
    const { look } = marked;
    const protection = protectionFrom(look);
    const found = await containment.find(marked, target, record, protection);
    record.observe(found);
    hold ??= containment.hold?.(target);
    hold?.observe(found);

    const sight = sightOf(look, target, record, protection);
    const unseen = unseenGroups(sight);
    const alive = record.alive();
    const isEmpty = alive.every(({ denied }) => denied) && unseen.length === 0 && !isHeld(hold, alive);
    const isOver = isEmpty && !spawning;
    emptyLooks = isOver ? emptyLooks + 1 : 0;
    const now = record.elapsedMs();
    if (emptyLooks >= EMPTY_LOOKS || (forcedAtMs !== undefined && now >= forcedAtMs + settleMs)) {
      const survivors = isHeld(hold, alive) && alive.length === 0 ? [...unseen, 0] : unseen;
      const report = record.report(containment, hold?.proof ?? containment.proof, survivors);
      hold?.end();
      return report;
    }

    const graceEndsMs = signal === 'SIGKILL' || graceMs === 0 ? 0 : (record.firstSignalAfterMs ?? 0) + graceMs;
    if (now >= graceEndsMs && !isOver) {
      if (forcedAtMs === undefined) pauseMs = MIN_PAUSE_MS;
      forcedAtMs ??= now;
      signalAll(containment, sight, record, alive, 'SIGKILL');
      hold?.kill(); // last, so that the report knows of what each has died
    } else {
      const fresh = alive.filter((quarry) => quarry.signal === undefined && !quarry.denied);
      if (fresh.length > 0 || unseen.length > 0) signalAll(containment, sight, record, fresh, signal);
    }

    const nextStepMs = forcedAtMs === undefined ? graceEndsMs : forcedAtMs + settleMs;
    // Not busier than half of the time, however many processes there are.
    const pause = isOver
      ? CONFIRM_MS
      : Math.min(Math.max(pauseMs, look.costMs), Math.max(nextStepMs - now, MIN_PAUSE_MS));
    if (!isOver) pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
    const waitingFor = isOver ? [] : alive.filter(({ denied }) => !denied);
    await waitForDeaths(containment.table, waitingFor, pause, (quarry) => record.noteDeath(quarry));
    return undefined;
  };

  for (;;) {
    try {
      const report = await step();
      if (report) return report;
    } catch (error) {
      const { graceMs, settleMs } = escalation;
      if (!mayPass(error) || record.elapsedMs() >= graceMs + settleMs) throw error;
      await delay(MAX_PAUSE_MS);
    }
  }
}

/** The worker is out of descriptors or memory, or a look failed: often for a moment only, and no reason to give a kill up. */
function mayPass(error: unknown): boolean {
  return ['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN'].includes(errorCode(error) ?? '');
}

/** Whether the enclosure has living members besides those that we may not signal. */
function isHeld(hold: Hold | undefined, alive: Quarry[]): boolean {
  return hold?.isPopulated === true && !alive.some(({ denied }) => denied);
}

/** Strangers from before the target need not be read at every look; its own, of whatever age, must. */
function freshSince(target: KillTarget, record: KillRecord): string {
  let since = target.sinceTicks;
  for (const { startTicks } of [...target.roots(), ...record.members()]) {
    if (startTicks !== '' && startedSince(since, startTicks)) since = startTicks;
  }
  return since;
}
