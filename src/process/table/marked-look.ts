import type { ProcessInfo } from '../../contract/process-ref';
import { MARKER_PREFIX, isMarkerName } from '../marker';
import { type ProcessSnapshot, startedSince } from './process-snapshot';
import type { EnvEntry, ProcessTable } from './process-table';
import { inSlices } from './slices';

/** A look and the markers of its processes; each environment is read at most once, for all callers. */
export class MarkedLook {
  private readonly byName = new Map<string, { process: ProcessInfo; value: string }[]>();
  private readonly uids = new Map<ProcessInfo, number | undefined>();
  private reading: Promise<void> = Promise.resolve();
  /** How many processes of `look.fromLatest` have been read. */
  private frontier = 0;

  constructor(
    readonly look: ProcessSnapshot,
    private readonly table: Pick<ProcessTable, 'environ' | 'realUid'>,
  ) {}

  /**
   * The processes that carry the variable. Reads only environments of processes that started at or after `sinceTicks`:
   * an older process is a stranger's.
   */
  async marked(name: string, matches: (value: string) => boolean, sinceTicks: string): Promise<ProcessInfo[]> {
    this.reading = this.reading.then(() => this.readSince(sinceTicks));
    await this.reading;
    return (this.byName.get(name) ?? [])
      .filter(({ process, value }) => startedSince(process.startTicks, sinceTicks) && matches(value))
      .map(({ process }) => process);
  }

  /** Every process with a marker, and the marker's name and value; one process may carry several. */
  async allMarked(): Promise<{ process: ProcessInfo; name: string; value: string }[]> {
    this.reading = this.reading.then(() => this.readSince(''));
    await this.reading;
    return [...this.byName].flatMap(([name, carriers]) => carriers.map((carrier) => ({ ...carrier, name })));
  }

  /** See {@link ProcessTable.realUid}; reads each at most once, for all callers. */
  realUid(process: ProcessInfo): number | undefined {
    if (!this.uids.has(process)) this.uids.set(process, this.table.realUid?.(process.pid));
    return this.uids.get(process);
  }

  private async readSince(sinceTicks: string): Promise<void> {
    const { fromLatest } = this.look;
    let end = this.frontier;
    while (end < fromLatest.length && startedSince(fromLatest[end].startTicks, sinceTicks)) end++;
    const unread = fromLatest.slice(this.frontier, end);
    this.frontier = end;
    await inSlices(unread, (process) => {
      for (const entry of this.table.environ(process.pid, MARKER_PREFIX) ?? []) this.note(process, entry);
    });
  }

  private note(process: ProcessInfo, [name, value]: EnvEntry): void {
    if (!isMarkerName(name)) return;
    const carriers = this.byName.get(name) ?? [];
    carriers.push({ process, value });
    this.byName.set(name, carriers);
  }
}
