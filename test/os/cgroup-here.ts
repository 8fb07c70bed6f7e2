import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { mountPoint, ownDirectory } from './cgroup-kernel';

function obstacle(): string | undefined {
  if (mountPoint === undefined) return 'no cgroup2 is mounted';
  const directory = join(ownDirectory, `temporal-reaper-test-${randomUUID()}`);
  try {
    mkdirSync(directory);
    const hasKill = readdirSync(directory).includes('cgroup.kill');
    rmdirSync(directory);
    return hasKill ? undefined : 'the kernel has no cgroup.kill';
  } catch (error) {
    return `no cgroup can be made here (${(error as NodeJS.ErrnoException).code})`;
  }
}

const why = obstacle();
const skipped = (name: string, body: () => void): void => describe.skip(`${name} (skipped: ${why})`, body);

/** For what needs a cgroup2 subtree that is ours; elsewhere it is skipped, and says why. */
export const describeCgroup: (name: string, body: () => void) => void = why === undefined ? describe : skipped;

/** Also needs the right to be somebody else. */
export const describeRoot: typeof describeCgroup =
  process.geteuid?.() === 0 ? describeCgroup : (name, body) => describe.skip(`${name} (skipped: it needs root)`, body);
