import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../dev/dev-server';
import { TestRun } from '../fixtures/processes/test-run';
import { noCompiler } from '../zoo/compile';
import { full, isRoot, ownLevels, titleOf } from '../zoo/environments';
import type { Recycling, RecycleResult } from '../zoo/recycle';
import { openDir } from '../zoo/trial';

/*
 * The numbers of processes come round. In a PID namespace of its own, so that nobody else is disturbed: the last number is
 * set, and where a namespace has its own number space, that is made so small that it wraps again and again.
 */
jest.setTimeout(full ? 900_000 : 240_000);

const ENTRY = join(projectRoot(), 'dist', 'test', 'zoo', 'recycle.js');
const NAMESPACE = ['--pid', '--fork', '--mount-proc', '--kill-child'];
/** A shell for an init: it waits for whatever dies. */
const INIT = ['sh', '-c', '"$@"; exit $?', 'sh'];
const KILLS = full ? 1_000 : 60;
const PID_MAX = 450;

function obstacle(): string | undefined {
  if (!isRoot) return 'only root can set the next number';
  if (noCompiler() !== undefined) return noCompiler();
  if (!existsSync('/proc/sys/kernel/ns_last_pid')) return 'this kernel does not let the next number be set';
  try {
    execFileSync('unshare', [...NAMESPACE, 'true'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `no PID namespace: ${(error as Error).message.split('\n')[0].replaceAll(/[()%]/g, '')}`;
  }
}

/** Before 6.14 it is the whole machine's. */
function hasOwnPidMax(): boolean {
  const [major, minor] = release().split('.').map(Number);
  return major > 6 || (major === 6 && minor >= 14);
}

const why = obstacle();
const run = new TestRun();
afterAll(() => run.end());

async function recycle(recycling: Omit<Recycling, 'runId' | 'dir'>): Promise<RecycleResult> {
  const data: Recycling = { ...recycling, runId: run.id, dir: openDir(run) };
  const args = [...NAMESPACE, ...INIT, process.execPath, ENTRY, JSON.stringify(data)];
  const env = { ...run.env, NODE_OPTIONS: '' };
  const { stdout } = await promisify(execFile)('unshare', args, {
    env,
    timeout: full ? 800_000 : 200_000,
    killSignal: 'SIGKILL',
  });
  return JSON.parse(stdout) as RecycleResult;
}

describe('D7 a bystander that has the number of a finished process is killed', () => {
  describe.each(ownLevels().map((environment) => [titleOf(environment), environment] as const))(
    '%s',
    (_title, environment) => {
      if (why !== undefined || environment.unavailable !== undefined) {
        test.skip(why === undefined ? 'recycled' : `recycled (skipped: ${why})`, () => undefined);
        return;
      }
      test.each(['inline', 'thread'] as const)('it is not, with the reaper %s', async (form) => {
        const kills = form === 'inline' && hasOwnPidMax() ? KILLS : 0;
        const { recycled, wrapped } = await recycle({ environment, form, kills, pidMax: kills ? PID_MAX : undefined });
        expect(recycled).toHaveLength(5);
        for (const each of recycled) {
          expect(each).toEqual({ scenario: each.scenario, reused: true, attemptDied: true });
        }
        if (!wrapped) return;
        console.log(`${titleOf(environment)}: ${JSON.stringify(wrapped)} in ${PID_MAX} numbers`);
        expect(wrapped.harms).toEqual([]);
        expect(wrapped.reused).toBeGreaterThan(0);
      });
    },
  );
});
