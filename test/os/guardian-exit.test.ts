import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { killAllOf } from '../../src/guardian/kill-all-of';
import type { GuardedAttempt, GuardianData, GuardianReport } from '../../src/guardian/protocol';
import { ScanContainment } from '../../src/process/containment/scan';
import { KillEngine } from '../../src/process/kill/kill-engine';
import { ProcessSnapshot } from '../../src/process/table/process-snapshot';
import { formatMarker, parseMarker, type WorkerMark } from '../../src/process/marker';
import { ProcfsTable } from '../../src/process/table/procfs-table';
import { TestRun } from '../fixtures/processes/test-run';
import { NOBODY, nobodysObstacle, skippedFor } from '../helpers/another-user';
import { isRunning, startTicks } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { quick, TrackedAttempt } from './engine-run';

/*
 * How a guardian ends that cannot do its work, and that it does not take the first look at nothing for the last word.
 */

const GUARDIAN = resolve(__dirname, '../../dist/src/guardian/main.js');
const GIVES_UP_MS = 40_000;

let run: TestRun;
let attempt: TrackedAttempt;
let mark: WorkerMark;
let env: Record<string, string>;
beforeEach(() => {
  run = new TestRun();
  attempt = new TrackedAttempt(`guardian-${run.id}`);
  // Of a worker that is gone: its number has another start by now.
  const marker = { ...parseMarker(attempt.name, attempt.value)!, workerStartTicks: '1' };
  const { hostId, workerPid, workerStartTicks } = marker;
  mark = { hostId, workerPid, workerStartTicks };
  env = { [attempt.name]: formatMarker(marker) };
});
afterEach(() => run.end());

describe('a look that shows nothing', () => {
  /** Does not show a process in so many looks, as a listing of /proc may miss one. */
  class Forgetful extends ProcfsTable {
    constructor(
      private readonly pid: number,
      private misses: number,
    ) {
      super();
    }

    override async look(): Promise<ProcessSnapshot> {
      const look = await super.look();
      if (this.misses-- <= 0) return look;
      return new ProcessSnapshot([...look.byPid.values()].filter(({ pid }) => pid !== this.pid));
    }
  }

  const killWith = async (misses: number): Promise<{ kills: number; lives: boolean }> => {
    const { child } = await run.start('forever', { env });
    const engine = new KillEngine(new ScanContainment(new Forgetful(child.pid!, misses)));
    const kills = await killAllOf(engine, mark, [], quick);
    return { kills: kills.length, lives: isRunning(child.pid!) };
  };

  test('once is not believed: the guardian looks again, and kills', async () => {
    expect(await killWith(1)).toEqual({ kills: 1, lives: false });
  });

  test('negative control: twice is', async () => {
    expect(await killWith(2)).toEqual({ kills: 0, lives: true });
  });
});

class Guardian {
  readonly reportFile: string;
  private readonly ended: Promise<unknown[]>;

  private constructor(
    readonly child: ChildProcess,
    { reportFile }: GuardianData,
  ) {
    this.reportFile = reportFile;
    this.ended = once(child, 'exit');
  }

  static async start(wrapper: string[] = [], options: { uid?: number; gid?: number } = {}): Promise<Guardian> {
    const folder = join(run.dir, 'reports');
    mkdirSync(folder, { mode: 0o700 });
    const escalation = { signal: 'SIGTERM', graceMs: 100, settleMs: 300 } as const;
    const data: GuardianData = { mark, escalation, reportFile: join(folder, 'report.json') };
    const [command, ...args] = [...wrapper, process.execPath, GUARDIAN, JSON.stringify(data)];
    const stdio: ['pipe', 'ignore', 'ignore'] = ['pipe', 'ignore', 'ignore'];
    const child = spawn(command, args, { ...options, stdio, cwd: '/', env: { PATH: process.env.PATH } });
    await waitUntil('it ignores SIGTERM', () => {
      const ignored = /^SigCgt:\t([0-9a-f]+)$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? '0';
      return (BigInt(`0x${ignored}`) >> 14n) % 2n === 1n;
    });
    return new Guardian(child, data);
  }

  tell(attempts: Omit<GuardedAttempt, 'id'>[]): void {
    attempts.forEach((each, index) => {
      this.child.stdin!.write(`${JSON.stringify({ type: 'attempt', id: String(index), ...each })}\n`);
    });
  }

  /** Its worker is gone; returns its exit code. */
  async work(): Promise<unknown> {
    this.child.stdin!.end();
    return (await this.ended)[0];
  }

  get report(): GuardianReport | undefined {
    return existsSync(this.reportFile)
      ? (JSON.parse(readFileSync(this.reportFile, 'utf8')) as GuardianReport)
      : undefined;
  }

  end(): void {
    this.child.kill('SIGKILL');
  }
}

describe('the exit code of a guardian', () => {
  let guardian: Guardian | undefined;
  afterEach(() => guardian?.end());

  test('is 0 where nothing was left, without a report', async () => {
    guardian = await Guardian.start();
    expect(await guardian.work()).toBe(0);
    expect(guardian.report).toBeUndefined();
  });

  test('is 0 where it has killed what was left', async () => {
    const { child } = await run.start('forever', { env });
    guardian = await Guardian.start();
    expect(await guardian.work()).toBe(0);
    expect(isRunning(child.pid!)).toBe(false);
    expect(guardian.report).toMatchObject({ kills: [{ dead: 1, alive: 0 }] });
  });
});

const obstacle = nobodysObstacle();
const describeRoot = obstacle === undefined ? describe : describe.skip;

describeRoot(`the exit code of a guardian that cannot do its work${skippedFor(obstacle)}`, () => {
  let guardian: Guardian | undefined;
  afterEach(() => guardian?.end());

  test('is 3 where something lives that it may not signal, and its report counts it', async () => {
    const { child } = await run.start('forever');
    const root = { pid: child.pid!, startTicks: startTicks(child.pid!)! };
    execFileSync('chmod', ['777', run.dir]);
    guardian = await Guardian.start(['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups']);
    execFileSync('chown', [String(NOBODY), join(run.dir, 'reports')]);
    guardian.tell([{ name: attempt.name, value: attempt.value, sinceTicks: '', roots: [root], groups: [], users: [] }]);
    expect(await guardian.work()).toBe(3);
    expect(isRunning(child.pid!)).toBe(true);
    expect(guardian.report).toMatchObject({ kills: [{ dead: 0, alive: 1 }] });
    expect(guardian.report).not.toHaveProperty('error');
  });

  describe('without /proc', () => {
    const inItsMounts = (...command: string[]): void => {
      execFileSync('nsenter', [`--target=${guardian!.child.pid}`, '--mount', ...command]);
    };
    const start = async (): Promise<number> => {
      const { child } = await run.start('forever', { env });
      guardian = await Guardian.start(['unshare', '--mount', '--propagation=private']);
      inItsMounts('umount', '--lazy', '/proc');
      return child.pid!;
    };

    test(
      'is 1 when it has given up, and its report says why',
      async () => {
        const pid = await start();
        expect(await guardian!.work()).toBe(1);
        expect(isRunning(pid)).toBe(true);
        expect(guardian!.report).toMatchObject({ kills: [], error: expect.stringContaining('/proc') as unknown });
      },
      GIVES_UP_MS,
    );

    test('negative control: it is 0 when that comes back in time', async () => {
      const pid = await start();
      const code = guardian!.work();
      inItsMounts('mount', '-t', 'proc', 'proc', '/proc');
      expect(await code).toBe(0);
      expect(isRunning(pid)).toBe(false);
    });
  });
});
