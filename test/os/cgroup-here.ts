import childProcess from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { nobodysObstacle, skippedFor } from '../helpers/another-user';
import { mountPoint, ownDirectory } from './cgroup-kernel';

/**
 * A test file has globals of its own, and with them attempts of its own; the hooks that another one has put into this
 * process do not know them. Hidden behind a plain function, they are not taken for ours.
 */
function hideHooksOfOthers(): void {
  const owners: [owner: Record<string, (...args: unknown[]) => unknown>, names: string[]][] = [
    [childProcess.ChildProcess.prototype as never, ['spawn']],
    [childProcess as never, ['spawnSync', 'execSync', 'execFileSync']],
  ];
  for (const [owner, names] of owners) {
    for (const name of names) {
      const given = owner[name];
      owner[name] = function (...args) {
        return given.apply(this, args);
      };
      afterAll(() => {
        owner[name] = given; // and the next file does not meet ours
      });
    }
  }
}

hideHooksOfOthers();

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

/** Why there is no cgroup2 subtree that is ours; undefined: there is one. */
export const cgroupObstacle = obstacle();
const skipped = (name: string, body: () => void): void => describe.skip(`${name} (skipped: ${cgroupObstacle})`, body);

/** For what needs a cgroup2 subtree that is ours; elsewhere it is skipped, and says why. */
export const describeCgroup: (name: string, body: () => void) => void =
  cgroupObstacle === undefined ? describe : skipped;

/** Also needs the right to be somebody else. */
export const describeRoot: typeof describeCgroup =
  process.geteuid?.() === 0 ? describeCgroup : (name, body) => describe.skip(`${name} (skipped: it needs root)`, body);

/** Also needs that another user can run the tests' code. */
export const describeNobody: typeof describeCgroup = (name, body) => {
  const obstacle = nobodysObstacle();
  if (obstacle === undefined) describeRoot(name, body);
  else describe.skip(`${name}${skippedFor(obstacle)}`, body);
};
