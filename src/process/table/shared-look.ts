import { setImmediate } from 'node:timers/promises';
import { MarkedLook } from './marked-look';
import { startedSince } from './process-snapshot';
import type { ProcessTable } from './process-table';

/** Takes one look at a time, shared by all callers that asked before it began. Reads nothing while nobody asks. */
export class SharedLook {
  private running: Promise<unknown> = Promise.resolve();
  private next?: Promise<MarkedLook>;
  /** The earliest `freshSince` of all callers that share the next look. */
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
    await setImmediate(); // lets everyone who asks in this turn of the loop join
    const look = this.table.look(this.freshSince);
    this.next = undefined;
    this.freshSince = undefined;
    this.running = look.catch(() => undefined); // the callers get the error; the next look tries again
    return new MarkedLook(await look, this.table);
  }
}

function earlier(a: string, b: string): string {
  return startedSince(a, b) ? b : a;
}
