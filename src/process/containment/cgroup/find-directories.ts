import { basename, join } from 'node:path';
import type { Marker } from '../../marker';
import { inSlices } from '../../slices';
import { subCgroups } from './directory';
import { isWorkerName, markerOf } from './names';

/** Workers come and go slowly; the whole tree is walked no more often, in ms. */
const KNOWN_MS = 1_000;

/** The cgroup of an attempt, of whichever worker. */
export interface AttemptDirectory {
  marker: Marker;
  directory: string;
}

/** Finds the cgroups of attempts by their names, wherever below the mount point workers have made them. */
export class AttemptDirectories {
  private workers: string[] = [];
  private walkedAt = -Infinity;

  constructor(private readonly mountPoint: string) {}

  async workerDirectories(): Promise<readonly string[]> {
    if (performance.now() - this.walkedAt > KNOWN_MS) await this.walk();
    return this.workers;
  }

  async all(): Promise<AttemptDirectory[]> {
    return (await this.workerDirectories()).flatMap((worker) =>
      subCgroups(worker).flatMap((name) => {
        const marker = markerOf(basename(worker), name);
        return marker ? [{ marker, directory: join(worker, name) }] : [];
      }),
    );
  }

  private async walk(): Promise<void> {
    const found: string[] = [];
    let level = [this.mountPoint];
    // Also below an attempt: a worker may be nested in it.
    while (level.length > 0) {
      const next: string[] = [];
      await inSlices(level, (directory) => {
        for (const name of subCgroups(directory)) {
          if (isWorkerName(name)) found.push(join(directory, name));
          next.push(join(directory, name));
        }
      });
      level = next;
    }
    this.workers = found;
    this.walkedAt = performance.now();
  }
}

/** Whether it is the directory of an attempt right below its worker's: no other is ever killed or removed. */
export function isAttemptOf(worker: string, directory: string): boolean {
  const name = basename(directory);
  return join(worker, name) === directory && markerOf(basename(worker), name) !== undefined;
}
