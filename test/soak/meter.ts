import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

const HOUR_MS = 3_600_000;

/** Rise of `values` over `at`, by least squares. */
export function slopeOf(points: { at: number; value: number }[]): number {
  const mean = (pick: (point: { at: number; value: number }) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [at, value] = [mean((point) => point.at), mean((point) => point.value)];
  const spread = points.reduce((sum, point) => sum + (point.at - at) ** 2, 0);
  if (spread === 0) return 0;
  return points.reduce((sum, point) => sum + (point.at - at) * (point.value - value), 0) / spread;
}

/** Memory and file descriptors of a worker process, as the kernel counts them. */
export class Meter {
  private readonly memory: { at: number; value: number }[] = [];
  private before: string[] = [];

  constructor(
    readonly name: string,
    readonly worker: { pid: number },
  ) {}

  sample(): void {
    this.memory.push({ at: Date.now(), value: this.privateMb });
  }

  /** Private memory in MB. */
  get privateMb(): number {
    const rollup = readFileSync(`/proc/${this.worker.pid}/smaps_rollup`, 'utf8');
    const kb = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)].reduce(
      (sum, [, it]) => sum + Number(it),
      0,
    );
    return kb / 1024;
  }

  /** What it rises by in an hour, from the samples so far. */
  get mbPerHour(): number {
    return slopeOf(this.memory) * HOUR_MS;
  }

  /** Begins to count from here; called when nothing runs. */
  rest(): void {
    this.memory.length = 0;
    this.before = this.descriptors();
  }

  /** By how many file descriptors it has grown since then, and of which kind: `2 socket, -1 pipe`. */
  growth(): { count: number; kinds: string } {
    const now = this.descriptors();
    const kinds = [...new Set([...this.before, ...now])].flatMap((kind) => {
      const count = now.filter((it) => it === kind).length - this.before.filter((it) => it === kind).length;
      return count === 0 ? [] : [`${count} ${kind}`];
    });
    return { count: now.length - this.before.length, kinds: kinds.join(', ') };
  }

  /** The kinds of its open file descriptors. */
  private descriptors(): string[] {
    const folder = `/proc/${this.worker.pid}/fd`;
    return readdirSync(folder).flatMap((name) => {
      try {
        return [readlinkSync(join(folder, name)).replace(/:\[.*/, '')];
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // closed meanwhile
        throw error;
      }
    });
  }
}
