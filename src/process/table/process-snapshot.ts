import type { ProcessInfo, ProcessRef } from '../../contract/process-ref';

/** Whether the process is dead: a zombie still answers signal 0, but the kernel is done with it. */
export function isDead({ state }: Pick<ProcessInfo, 'state'>): boolean {
  return state === 'Z' || state === 'X';
}

/** Whether `a` started after `b` or in the same tick. Unknown ticks count as not later. */
export function startedSince(a: string, b: string): boolean {
  return b === '' || (a !== '' && Number(a) >= Number(b));
}

type ByNumber = Map<number, ProcessInfo[]>;

function groupedBy(processes: Iterable<ProcessInfo>, field: 'ppid' | 'pgid' | 'sid'): ByNumber {
  const groups: ByNumber = new Map();
  for (const process of processes) {
    const group = groups.get(process[field]);
    if (group) group.push(process);
    else groups.set(process[field], [process]);
  }
  return groups;
}

/** One snapshot of the process table, zombies included. Indexes are built when first asked for and shared by all readers. */
export class ProcessSnapshot {
  readonly byPid: ReadonlyMap<number, ProcessInfo>;
  private byParent?: ByNumber;
  private byGroup?: ByNumber;
  private bySession?: ByNumber;
  private latestFirst?: ProcessInfo[];

  /**
   * @param processes each pid once
   * @param costMs how long the snapshot took
   */
  constructor(
    processes: Iterable<ProcessInfo>,
    readonly costMs = 0,
  ) {
    this.byPid = new Map(Array.from(processes, (process) => [process.pid, process]));
  }

  /** This exact process, not merely one with the same pid. */
  find({ pid, startTicks }: ProcessRef): ProcessInfo | undefined {
    const process = this.byPid.get(pid);
    return process?.startTicks === startTicks ? process : undefined;
  }

  childrenOf(pid: number): readonly ProcessInfo[] {
    this.byParent ??= groupedBy(this.byPid.values(), 'ppid');
    return this.byParent.get(pid) ?? [];
  }

  group(pgid: number): readonly ProcessInfo[] {
    this.byGroup ??= groupedBy(this.byPid.values(), 'pgid');
    return this.byGroup.get(pgid) ?? [];
  }

  session(sid: number): readonly ProcessInfo[] {
    this.bySession ??= groupedBy(this.byPid.values(), 'sid');
    return this.bySession.get(sid) ?? [];
  }

  /** All processes, latest start first. */
  get fromLatest(): readonly ProcessInfo[] {
    this.latestFirst ??= [...this.byPid.values()].sort((a, b) => Number(b.startTicks) - Number(a.startTicks));
    return this.latestFirst;
  }
}
