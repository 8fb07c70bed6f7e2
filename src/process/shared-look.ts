import { setImmediate } from 'node:timers/promises';
import type { ProcessInfo } from '../contract/process-ref';
import { type Look, startedSince } from './look';
import { MARKER_PREFIX } from './marker';
import type { EnvEntry, ProcessTable } from './process-table';
import { inSlices } from './slices';

/** A look and the markers of its processes, each environment read at most once whoever asks. */
export class MarkedLook {
  private readonly byName = new Map<string, { process: ProcessInfo; value: string }[]>();
  private reading: Promise<void> = Promise.resolve();
  /** Those before it in `look.fromLatest` have been read. */
  private frontier = 0;

  constructor(
    readonly look: Look,
    private readonly table: ProcessTable,
  ) {}

  /**
   * The processes that carry the variable. Only environments of processes that started at or after `sinceTicks` are
   * read: an older stranger cannot be ours.
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
    const carriers = this.byName.get(name) ?? [];
    carriers.push({ process, value });
    this.byName.set(name, carriers);
  }
}

/** One look at a time, shared by all who asked before it began. Nothing is read while nobody asks. */
export class SharedLook {
  private running: Promise<unknown> = Promise.resolve();
  private next?: Promise<MarkedLook>;
  /** The earliest of what those who share the next look need fresh. */
  private freshSince?: string;

  constructor(private readonly table: ProcessTable) {}

  /**
   * A look that begins after this call.
   *
   * @param freshSince see {@link ProcessTable.look}
   */
  take(freshSince = ''): Promise<MarkedLook> {
    this.freshSince = this.freshSince === undefined ? freshSince : earlier(this.freshSince, freshSince);
    this.next ??= this.begin();
    return this.next;
  }

  private async begin(): Promise<MarkedLook> {
    await this.running;
    await setImmediate(); // lets everybody who woke in this turn of the loop join
    const look = this.table.look(this.freshSince);
    this.next = undefined;
    this.freshSince = undefined;
    this.running = look.catch(() => undefined); // its callers get the error; the next look is a new try
    return new MarkedLook(await look, this.table);
  }
}

function earlier(a: string, b: string): string {
  return startedSince(a, b) ? b : a;
}
