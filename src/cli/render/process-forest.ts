/** A process of a forest, and what draws its place there. */
export interface ForestRow<P> {
  process: P;
  /** `├─ `, `│  └─ `: from the trunk, on which processes without a listed parent stand, to the process. */
  branch: string;
}

type ForestProcess = { pid: number; ppid: number };

/** The listed parent of each process, if it has one. Never a circle, whatever is listed. */
function parentsIn<P extends ForestProcess>(processes: readonly P[]): Map<P, P | undefined> {
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  const parents = new Map<P, P | undefined>();
  const isBelow = (process: P, ancestor: P): boolean => {
    for (let at: P | undefined = process; at; at = parents.get(at)) if (at === ancestor) return true;
    return false;
  };
  for (const process of processes) {
    const parent = byPid.get(process.ppid);
    // A list is not of one moment: two processes may each name the other as their parent.
    parents.set(process, parent && !isBelow(parent, process) ? parent : undefined);
  }
  return parents;
}

/** For each process, the most that it or a process below it weighs. */
function heaviestBelow<P>(parents: ReadonlyMap<P, P | undefined>, weigh: (process: P) => number): Map<P, number> {
  const heaviest = new Map<P, number>();
  for (const process of parents.keys()) {
    const weight = weigh(process);
    for (let at: P | undefined = process; at && (heaviest.get(at) ?? -Infinity) < weight; at = parents.get(at)) {
      heaviest.set(at, weight);
    }
  }
  return heaviest;
}

/**
 * The processes as trees, a parent before its children. Among siblings, the one whose tree holds the heaviest process comes
 * first; then the lower pid.
 */
export function forestRows<P extends ForestProcess>(
  processes: readonly P[],
  weigh: (process: P) => number = () => 0,
): ForestRow<P>[] {
  const parents = parentsIn([...processes].sort((a, b) => a.pid - b.pid));
  const heaviest = heaviestBelow(parents, weigh);
  const weightOf = (process: P): number => heaviest.get(process) ?? 0;
  const children = new Map<P | undefined, P[]>();
  for (const [process, parent] of parents) {
    const siblings = children.get(parent);
    if (siblings) siblings.push(process);
    else children.set(parent, [process]);
  }
  // No recursion: a chain of processes may be longer than the stack.
  const rows: ForestRow<P>[] = [];
  const waiting: { process: P; trunk: string; isLast: boolean }[] = [];
  const wait = (parent: P | undefined, trunk: string): void => {
    const siblings = (children.get(parent) ?? []).sort((a, b) => weightOf(b) - weightOf(a));
    const inTurn = siblings.map((process, index) => ({ process, trunk, isLast: index === siblings.length - 1 }));
    waiting.push(...inTurn.reverse());
  };
  wait(undefined, '');
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { process, trunk, isLast } = next;
    rows.push({ process, branch: `${trunk}${isLast ? '└─ ' : '├─ '}` });
    wait(process, `${trunk}${isLast ? '   ' : '│  '}`);
  }
  return rows;
}
