import { readdirSync } from 'node:fs';
import type { ProcessInfo, ProcessRef } from '../../contract/process-ref';
import { entriesWithPrefix } from './environ-block';
import { errorCode } from '../error-code';
import { ProcessSnapshot, startedSince } from './process-snapshot';
import { readProcFile } from './proc-file';
import type { EnvEntry, MeasuredUsage, TableMoment, ProcessTable } from './process-table';
import { familyOf, listsChildren } from './procfs-family';
import { inSlices } from './slices';
import { pageBytes } from './page-size';
import { parseStat, usageIn } from './stat-line';

const LISTINGS = 3;
const PLAUSIBLE_SHARE = 0.9;
/** Well below the time in which pids can wrap: 2 s with the smallest usual pid space. */
const REUSE_MS = 500;
/**
 * Clock ticks per second that Linux shows to programs. Assumed: it is 100 on every architecture that Node runs on; if it
 * were more, {@link ProcfsTable.nowTicks} would still be a lower bound.
 */
const CLK_TCK = 100;

/** Whether /proc shows this process, even to itself. */
export function procfsIsUsable(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return readdirSync('/proc').includes(String(process.pid)) && readProcFile('/proc/self/stat') !== undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EACCES') return false;
    throw error;
  }
}

/** The pid or thread id that our PID namespace assigned last; NaN if the kernel does not show it. */
function lastPid(): number {
  return Number(readProcFile('/proc/loadavg')?.toString('utf8').split(' ')[4] ?? NaN);
}

/** Whether the pid was assigned after `last`. With unknown numbers, it may have been. */
function wasGiven(pid: number, last: number, now: number): boolean {
  return last <= now ? pid > last && pid <= now : !(pid <= last && pid > now);
}

/** Linux. All reads are synchronous: measured four times as fast as asynchronous reads. */
export class ProcfsTable implements ProcessTable {
  readonly kind = 'procfs';
  private lastCount = 0;
  /** Init and our parent, once they were listed: a container or `hidepid` may hide them permanently. */
  private readonly landmarks = new Set<number>();
  private ownTicks?: number;
  private listsChildren?: boolean;
  /** The last look that read every process, and when it began. */
  private full?: ProcessSnapshot;
  private fullAt = 0;
  private fullLastPid = NaN;

  async look(freshSince = ''): Promise<ProcessSnapshot> {
    const begin = performance.now();
    const known = freshSince !== '' && begin - this.fullAt <= REUSE_MS ? this.full : undefined;
    const processes: ProcessInfo[] = [];
    const lastBefore = known ? NaN : lastPid();
    const pids = this.listing();
    const lastNow = known ? lastPid() : NaN;
    await inSlices(pids, (pid) => {
      // A reused pid is another process, however old the one before it was.
      const before = known && !wasGiven(pid, this.fullLastPid, lastNow) ? known.byPid.get(pid) : undefined;
      const process = before && !startedSince(before.startTicks, freshSince) ? before : this.read(pid);
      if (process) processes.push(process);
    });
    const look = new ProcessSnapshot(processes, performance.now() - begin);
    // A look without ourselves cannot be trusted in any way, least of all when it shows that nothing is left.
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

  usage({ pid, startTicks }: ProcessRef): MeasuredUsage | undefined {
    const line = readProcFile(`/proc/${pid}/stat`, true)?.toString('utf8');
    const used = line === undefined ? undefined : usageIn(line);
    if (used?.startTicks !== startTicks) return undefined; // gone, and its pid may be another's
    const now = this.nowTicks();
    const bytes = pageBytes();
    return {
      startedAt:
        now === '' ? undefined : Date.now() - Math.round(((Number(now) - Number(startTicks)) * 1000) / CLK_TCK),
      cpuMs: (used.cpuTicks * 1000) / CLK_TCK,
      waitedCpuMs: (used.waitedTicks * 1000) / CLK_TCK,
      memoryBytes: bytes && used.residentPages * bytes,
    };
  }

  get family(): ((pid: number) => ProcessInfo[]) | undefined {
    return (this.listsChildren ??= listsChildren()) ? familyOf : undefined;
  }

  moment(): TableMoment {
    return { ticks: this.nowTicks(), lastPid: lastPid() };
  }

  existedAt({ pid, startTicks }: ProcessInfo, moment: TableMoment): boolean {
    return !startedSince(startTicks, moment.ticks) || pid <= moment.lastPid;
  }

  environ(pid: number, prefix: string): EnvEntry[] | undefined {
    const block = readProcFile(`/proc/${pid}/environ`);
    return block && entriesWithPrefix(block, prefix);
  }

  realUid(pid: number): number | undefined {
    const uid = /^Uid:\t(\d+)/m.exec(readProcFile(`/proc/${pid}/status`, true)?.toString('latin1') ?? '')?.[1];
    return uid === undefined ? undefined : Number(uid);
  }

  nowTicks(): string {
    this.ownTicks ??= Number(this.read(process.pid)?.startTicks);
    // Not /proc/uptime: in some containers it counts from the container's start. Node's clock starts a little after
    // the process and stands still while the machine sleeps: both only lower the bound.
    return Number.isNaN(this.ownTicks) ? '' : String(this.ownTicks + Math.floor(process.uptime() * CLK_TCK));
  }

  /** The kernel may list too few processes while others come and go: read again when the listing is implausible. */
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
