import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isOwnUser } from '../../kill/believed-carriers';
import type { AttemptMarker } from '../../marker';
import { inSlices } from '../../table/slices';
import { subCgroups } from './directory';
import { isWorkerName, markerOf } from './names';

/** Shortest time between two walks through the whole tree, in ms: workers come and go slowly. */
const KNOWN_MS = 1_000;

/** The cgroup of an attempt of any worker. */
export interface AttemptDirectory {
  marker: AttemptMarker;
  directory: string;
}

/** Whether our user made it: another user could give a cgroup an attempt's name and run a set-user-id program in it. */
function isOurs(directory: string): boolean {
  const stat = statSync(directory, { throwIfNoEntry: false });
  return stat !== undefined && isOwnUser(stat.uid);
}

/** Finds the cgroups of attempts by name, anywhere below the mount point. */
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
    // Also walk below attempts: a worker may be nested in one.
    while (level.length > 0) {
      const next: string[] = [];
      await inSlices(level, (directory) => {
        for (const name of subCgroups(directory)) {
          if (isWorkerName(name) && isOurs(join(directory, name))) found.push(join(directory, name));
          next.push(join(directory, name));
        }
      });
      level = next;
    }
    this.workers = found;
    this.walkedAt = performance.now();
  }
}

/** Whether it is an attempt's directory directly below its worker's: no other directory is ever killed or removed. */
export function isAttemptOf(worker: string, directory: string): boolean {
  const name = basename(directory);
  return join(worker, name) === directory && markerOf(basename(worker), name) !== undefined;
}
