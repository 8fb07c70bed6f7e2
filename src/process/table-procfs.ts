import { readdirSync } from 'node:fs';
import type { ProcessInfo } from '../contract/process-ref';
import { entriesWithPrefix } from './environ-block';
import { errorCode } from './error-code';
import { Look, startedSince } from './look';
import { readProcFile } from './proc-file';
import type { EnvEntry, ProcessTable } from './process-table';
import { inSlices } from './slices';
import { parseStat } from './stat-line';

const LISTINGS = 3;
const PLAUSIBLE_SHARE = 0.9;
/** Well below the time in which the kernel can come once round all pids: 2 s with the usual smallest pid space. */
const REUSE_MS = 500;
/**
 * Clock ticks per second that Linux shows to programs. Assumed: it is 100 on every architecture that Node runs on; were it
 * more, {@link ProcfsTable.nowTicks} would still be a lower bound.
 */
const CLK_TCK = 100;

/** Whether /proc shows this process, also to itself. */
export function procfsIsUsable(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return readdirSync('/proc').includes(String(process.pid)) && readProcFile('/proc/self/stat') !== undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EACCES') return false;
    throw error;
  }
}

/** Number of the process or thread that our PID namespace got last; NaN where the kernel does not show it. */
function lastPid(): number {
  return Number(readProcFile('/proc/loadavg')?.toString('utf8').split(' ')[4] ?? NaN);
}

/** Whether the number was given to somebody since `last` was the last. Unknown numbers may have been. */
function wasGiven(pid: number, last: number, now: number): boolean {
  return last <= now ? pid > last && pid <= now : !(pid <= last && pid > now);
}

/** Linux. All reads are synchronous: measured, that beats asynchronous reads by four to one. */
export class ProcfsTable implements ProcessTable {
  readonly kind = 'procfs';
  private lastCount = 0;
  /** Init and our parent, once they were listed: a container or `hidepid` may hide them for good. */
  private readonly landmarks = new Set<number>();
  private ownTicks?: number;
  /** The last look that read every process, and when it began. */
  private full?: Look;
  private fullAt = 0;
  private fullLastPid = NaN;

  async look(freshSince = ''): Promise<Look> {
    const begin = performance.now();
    const known = freshSince !== '' && begin - this.fullAt <= REUSE_MS ? this.full : undefined;
    const processes: ProcessInfo[] = [];
    const lastBefore = known ? NaN : lastPid();
    const pids = this.listing();
    const lastNow = known ? lastPid() : NaN;
    await inSlices(pids, (pid) => {
      // A number that came round is another process, however old the one before it was.
      const before = known && !wasGiven(pid, this.fullLastPid, lastNow) ? known.byPid.get(pid) : undefined;
      const process = before && !startedSince(before.startTicks, freshSince) ? before : this.read(pid);
      if (process) processes.push(process);
    });
    const look = new Look(processes, performance.now() - begin);
    // Whatever else it shows is not to be trusted either: least of all that nothing is left.
    if (!look.byPid.has(process.pid)) {
      throw Object.assign(new Error('/proc does not show this process'), { code: 'EAGAIN' });
    }
    if (!known) [this.full, this.fullAt, this.fullLastPid] = [look, begin, lastBefore];
    return look;
  }

  read(pid: number): ProcessInfo | undefined {
    const line = readProcFile(`/proc/${pid}/stat`, true);
    return line && parseStat(line.toString('utf8'));
  }

  environ(pid: number, prefix: string): EnvEntry[] | undefined {
    const block = readProcFile(`/proc/${pid}/environ`);
    return block && entriesWithPrefix(block, prefix);
  }

  nowTicks(): string {
    this.ownTicks ??= Number(this.read(process.pid)?.startTicks);
    // Not /proc/uptime: in some containers it counts from the container's start. Node's clock starts a little after
    // the process and stands still while the machine sleeps: both only lower the bound.
    return Number.isNaN(this.ownTicks) ? '' : String(this.ownTicks + Math.floor(process.uptime() * CLK_TCK));
  }

  /** The kernel may list too few when processes come and go: read again when the listing is implausible. */
  private listing(): number[] {
    for (let tries = 1; ; tries++) {
      const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
      if (tries === LISTINGS || this.isPlausible(pids)) {
        this.lastCount = pids.length;
        return pids;
      }
    }
  }

  private isPlausible(pids: number[]): boolean {
    const listed = new Set(pids);
    const missing = [...this.landmarks].some((pid) => (pid === 1 || pid === process.ppid) && !listed.has(pid));
    for (const pid of [1, process.ppid]) if (listed.has(pid)) this.landmarks.add(pid);
    return !missing && listed.has(process.pid) && pids.length >= this.lastCount * PLAUSIBLE_SHARE;
  }
}
