import type { ProcessInfo } from '../../contract/process-ref';
import type { Containment, LevelKill } from '../containment/level';
import { ledGroups } from '../containment/led-groups';
import { NO_ENVIRONS } from './choose-look';
import type { KillRecord, TargetProcess } from './kill-record';
import { mayReachAll, signalAll } from './kill-round';
import type { KillTarget } from './kill-target';
import { isDead } from '../table/process-snapshot';
import { lookAmong } from '../table/near-look';
import { mayFollow, type KillProtection, protectionFrom } from './protect';
import { MarkedLook } from '../table/marked-look';
import { signalProcess } from './signal-process';

/** The leaders of the target's groups whose pid has not been reused. */
function leadersOf({ table }: Containment, target: KillTarget, record: KillRecord, own: KillProtection): ProcessInfo[] {
  const leaders: ProcessInfo[] = [];
  for (const [pgid, leaderTicks] of ledGroups(target, record)) {
    if (leaderTicks === '' || !mayFollow(pgid, own)) continue;
    const leader = table.read(pgid);
    if (leader?.startTicks === leaderTicks && leader.pgid === pgid && !isDead(leader)) leaders.push(leader);
  }
  return leaders;
}

/**
 * Sends the first signal to what is certainly known, before any look at the process table: group leaders whose pid has not
 * been reused, their descendants, and the processes in the target's enclosure. Signals whole groups only if the kernel keeps
 * track of all descendants: a member not seen yet may have children of its own, and once it is dead nothing would lead to
 * them.
 *
 * @param levelKillOf called once the containment knows the target
 * @returns a function that records, for a process found later, whether that signal has reached it through its group
 */
export async function signalKnown(
  containment: Containment,
  target: KillTarget,
  record: KillRecord,
  signal: NodeJS.Signals,
  levelKillOf: () => LevelKill | undefined,
): Promise<(targetProcess: TargetProcess) => void> {
  const { table } = containment;
  if (!table.family) return () => undefined;
  const protection = protectionFrom(lookAmong(table, []));
  const leaders = leadersOf(containment, target, record, protection);
  if (leaders.length === 0 && !target.enclosure?.()) return () => undefined;

  const look = lookAmong(
    table,
    leaders.flatMap(({ pid }) => table.family?.(pid) ?? []),
  );
  const found = await containment.find(new MarkedLook(look, NO_ENVIRONS), target, record, protection);
  record.observe(found);
  if (target.marker && mayReachAll()) record.noteUsers(table);
  const levelKill = levelKillOf();
  levelKill?.observe(found);
  const keepsAll = levelKill !== undefined && target.isWholeEnclosed?.() === true;
  const groups = new Map(keepsAll ? leaders.map(({ pid, startTicks }) => [pid, startTicks]) : []);
  const moment = table.moment?.();
  signalAll(containment, { look, protection, groups, unseen: [] }, record, record.alive(), signal);
  return (targetProcess) => {
    const { info } = targetProcess;
    if (!moment || !groups.has(info.pgid) || !table.existedAt?.(info, moment)) return;
    record.note(targetProcess, signal, mayReachAll() ? 'sent' : signalProcess(table, info, 0));
  };
}
