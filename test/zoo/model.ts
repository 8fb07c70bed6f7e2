import type { ContainmentLevel } from '../../src/contract/kill-report';

/** One process as the model knows it. Processes, groups and sessions are named by id, never by a number of the kernel. */
export interface ModelProcess {
  id: string;
  /** The attempt that it descends from, whatever has become of those between; undefined: none. */
  attempt?: string;
  /** Started by the host itself. */
  root: boolean;
  /** undefined: the host, or init. */
  parent?: string;
  group: string;
  session: string;
  /** Its environment carries the marker of its attempt. */
  marked: boolean;
}

/** The kernel's rules on processes, groups and sessions, and who is found by each containment level's own promise. */
export class Model {
  readonly living = new Map<string, ModelProcess>();

  /** The host gives each child that it tracks a session of its own. */
  spawn(id: string, attempt?: string): void {
    const group = attempt === undefined ? 'host' : id;
    this.living.set(id, { id, attempt, root: true, group, session: group, marked: attempt !== undefined });
  }

  fork(parentId: string, id: string): void {
    this.living.set(id, { ...this.get(parentId), id, root: false, parent: parentId });
  }

  /** Double fork with a session in between, whose leader is gone: nobody has that id any more. */
  daemon(parentId: string, id: string): void {
    const led = `gone-${id}`;
    this.living.set(id, { ...this.get(parentId), id, root: false, parent: undefined, group: led, session: led });
  }

  /** False: the kernel refuses, for it leads a group. */
  setsid(id: string): boolean {
    const process = this.get(id);
    if (process.group === id) return false;
    Object.assign(process, { group: id, session: id });
    return true;
  }

  /** False: the kernel refuses, for it leads a session. */
  setpgid(id: string): boolean {
    const process = this.get(id);
    if (process.session === id) return false;
    process.group = id;
    return true;
  }

  emptyEnvironment(id: string): void {
    this.get(id).marked = false;
  }

  die(id: string): void {
    this.living.delete(id);
    for (const process of this.living.values()) if (process.parent === id) process.parent = undefined;
  }

  get(id: string): ModelProcess {
    const process = this.living.get(id);
    if (!process) throw new Error(`The model has no living process ${id}`);
    return process;
  }

  private where(matches: (process: ModelProcess) => boolean): ModelProcess[] {
    return [...this.living.values()].filter(matches);
  }

  /**
   * Who dies with the attempt: `surely`, and `perhaps`. The latter: a group of an exited root that is empty is forgotten
   * within half a second, and until then its session is still followed.
   *
   * @param roots ids of all that the host has started in the attempt, dead or alive
   */
  victims(attempt: string, roots: string[], level: ContainmentLevel): { surely: Set<string>; perhaps: Set<string> } {
    if (level === 'cgroup' || level === 'subreaper') {
      const all = new Set(this.where((process) => process.attempt === attempt).map(({ id }) => id));
      return { surely: all, perhaps: all };
    }
    const remembered = roots.filter((id) => this.where(({ group }) => group === id).length > 0);
    return {
      surely: this.found(attempt, remembered, level === 'scan'),
      perhaps: this.found(attempt, roots, level === 'scan'),
    };
  }

  /** Roots and those who carry the marker; their groups and sessions; and all that descends from these, by living parents. */
  private found(attempt: string, groups: string[], scan: boolean): Set<string> {
    const inside = (leader: string) => (process: ModelProcess) =>
      process.group === leader || (scan && process.session === leader);
    const queue = this.where((it) => it.attempt === attempt && (it.root || (scan && it.marked)));
    for (const leader of groups) queue.push(...this.where(inside(leader)));
    const found = new Set<string>();
    for (let next = queue.pop(); next; next = queue.pop()) {
      if (found.has(next.id)) continue;
      found.add(next.id);
      const { id } = next;
      queue.push(...this.where(({ parent }) => parent === id));
      if (next.group === id || next.session === id) queue.push(...this.where(inside(id)));
    }
    return found;
  }
}
