import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { KillReport } from '../../src/contract/kill-report';
import { killAllOf } from '../../src/guardian/kill-all-of';
import { openContainment } from '../../src/process/containment/open-scan-or-basic';
import { attemptName, workerName } from '../../src/process/containment/cgroup/names';
import { openForOrphans } from '../../src/process/containment/ladder';
import { KillEngine } from '../../src/process/kill/kill-engine';
import { KillRecord } from '../../src/process/kill/kill-record';
import { ProcessSnapshot } from '../../src/process/table/process-snapshot';
import { formatMarker, type AttemptMarker, parseMarker } from '../../src/process/marker';
import { MarkedLook } from '../../src/process/table/marked-look';
import { TaggedOrphans } from '../../src/process/containment/subreaper/tagged-orphans';
import { AttemptTags } from '../../src/process/containment/subreaper/tags';
import { systemTable } from '../../src/process/table/system-table';
import { findOrphans, sweepOrphans } from '../../src/process/kill/sweep';
import { killEarlier } from '../../src/reaper/kills/kill-earlier';
import { ProcessKiller } from '../../src/reaper/kills/process-killer';
import { TestRun } from '../fixtures/processes/test-run';
import { NOBODY, nobodysObstacle, skippedFor } from '../helpers/another-user';
import { isRunning, processesWithEnv, procFile } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { compiled, noCompiler } from '../zoo/compile';
import { describeRoot as describeCgroup } from './cgroup-here';
import { ownDirectory } from './cgroup-kernel';
import { openEngine, quick, TrackedAttempt } from './engine-run';

/*
 * All parts of a marker are public. Where the killer may signal other users' processes, what such a user writes into an
 * environment is no evidence against a process, be it a set-user-id program that the user could not kill.
 */

const AS_NOBODY = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
const OURS = ['env'];
const obstacle = nobodysObstacle() ?? noCompiler();
const describeRoot = obstacle === undefined ? describe : describe.skip;

let run: TestRun;
let attempt: TrackedAttempt;
beforeEach(() => {
  run = new TestRun();
  chmodSync(run.dir, 0o777);
  attempt = new TrackedAttempt(`forged-${run.id}`);
});
afterEach(() => run.end());

const realUid = (pid: number): number => Number(/^Uid:\t(\d+)/m.exec(procFile(pid, 'status') ?? '')?.[1]);

/** Starts a program in a session of its own and waits until it runs itself; `env` is all that tells whose it is. */
async function start(command: string[], env = attempt.env): Promise<number> {
  const id = `${run.id}-${Math.random()}`;
  const options = { stdio: 'ignore', detached: true, env: { ...run.env, ...env, FORGED_TEST: id } } as const;
  spawn(command[0], [...command.slice(1), 'sleep', '1000'], options);
  let found: number[] = [];
  await waitUntil('it runs', () => {
    found = processesWithEnv('FORGED_TEST', id).filter((pid) => procFile(pid, 'comm') === 'sleep\n');
    return found.length === 1;
  });
  return found[0];
}

/** Starts a set-user-id program as nobody, whose child goes these steps; returns the child's number. */
async function startSetUserId(steps: string[], command: string[] = AS_NOBODY): Promise<number> {
  const dir = run.newDir();
  chmodSync(dir, 0o777);
  const program = join(dir, 'set-user-id');
  copyFileSync(compiled('escapee'), program);
  chmodSync(program, 0o4755);
  const env = { ...run.env, ...attempt.env };
  spawn(command[0], [...command.slice(1), program, dir, ...steps], { stdio: 'ignore', detached: true, env });
  const file = join(dir, 'escapee.pid');
  await waitUntil('it runs', () => existsSync(file));
  return Number(readFileSync(file, 'utf8'));
}

const kill = (): Promise<KillReport> => openEngine('scan').kill(attempt.target, quick);
const pidsOf = ({ processes }: KillReport): number[] => processes.map(({ pid }) => pid).sort();

describeRoot(`a marker in another user's process${skippedFor(obstacle)}`, () => {
  test('is not believed: it lives, while one of our own user with the same marker dies', async () => {
    const [forged, own] = [await start(AS_NOBODY), await start(OURS)];
    expect([realUid(forged), realUid(own)]).toEqual([NOBODY, 0]);
    const report = await kill();
    expect(pidsOf(report)).toEqual([own]);
    expect(report.doubted).toEqual([{ pid: forged, name: 'sleep', uid: NOBODY }]);
    expect([isRunning(forged), isRunning(own)]).toEqual([true, false]);
  });

  test('nor of a set-user-id program that it has started, also one that has become root altogether', async () => {
    const effective = await startSetUserId(['setsid', 'fork2']);
    const altogether = await startSetUserId(['become:0', 'setsid'], [...AS_NOBODY, 'sh', '-c', '"$@" & wait', 'sh']);
    expect([realUid(effective), realUid(altogether)]).toEqual([NOBODY, 0]);
    expect(pidsOf(await kill())).toEqual([]);
    expect([isRunning(effective), isRunning(altogether)]).toEqual([true, true]);
  });

  test('negative control: the same program dies that our own user has started', async () => {
    const daemon = await startSetUserId(['become:0', 'setsid', 'fork2'], OURS);
    expect(pidsOf(await kill())).toContain(daemon);
    expect(isRunning(daemon)).toBe(false);
  });

  test('a process of the attempt that has become that user dies by its lineage, as after sudo', async () => {
    const forged = await start(AS_NOBODY, {});
    const shell = spawn('sh', ['-c', '"$@" & wait', 'sh', ...AS_NOBODY, 'setsid', 'sleep', '1000'], {
      stdio: 'ignore',
      detached: true,
      env: { ...run.env },
    });
    attempt.add(shell.pid!);
    let child: number | undefined;
    await waitUntil('its child is nobody', () => {
      child = run.processes().find((pid) => procFile(pid, 'comm') === 'sleep\n' && pid !== forged);
      return child !== undefined;
    });
    expect(realUid(child!)).toBe(NOBODY);
    await kill();
    expect([isRunning(shell.pid!), isRunning(child!), isRunning(forged)]).toEqual([false, false, true]);
  });

  test('is believed once the attempt is seen to be that user', async () => {
    const daemon = await start(AS_NOBODY);
    const root = await start(AS_NOBODY);
    attempt.add(root);
    const report = await kill();
    expect(pidsOf(report)).toEqual([daemon, root].sort());
    expect(report.doubted).toBeUndefined();
  });

  test('and where the attempt has started a process as that user', async () => {
    const daemon = await start(AS_NOBODY);
    const target = { ...attempt.target, users: () => [NOBODY] };
    expect(pidsOf(await openEngine('scan').kill(target, quick))).toEqual([daemon]);
  });

  test('of an earlier attempt: no fence and no request reaches it, and the fence says so', async () => {
    const [forged, own] = [await start(AS_NOBODY), await start(OURS)];
    const { hostId, workerPid, workerStartTicks } = parseMarker(attempt.name, attempt.value)!;
    const killer = new ProcessKiller({ hostId, workerPid, workerStartTicks }, openContainment('scan'));
    expect(pidsOf(await killer.killMarked(attempt.ref, quick))).toEqual([own]);
    const again = await start(OURS);
    expect(pidsOf(await killer.killAllMarked(attempt.ref, quick))).toEqual([again]);
    const said: unknown[] = [];
    const before = { ...attempt.ref, attempt: attempt.ref.attempt + 1 };
    await killEarlier({ before }, undefined, {
      open: [],
      killsOf: () => {
        throw new Error('no attempt is open');
      },
      killer,
      escalation: quick,
      notices: { notify: () => undefined, log: (...line) => void said.push(line) },
    });
    const processes = [`${forged} sleep of user ${NOBODY}`];
    expect(said).toEqual([['WARN', expect.stringMatching('Left alone'), expect.objectContaining({ processes })]]);
    expect(isRunning(forged)).toBe(true);
  });

  describe('of a worker that is gone', () => {
    const gone = (): { mark: AttemptMarker; env: Record<string, string> } => {
      const mark = { ...parseMarker(attempt.name, attempt.value)!, workerStartTicks: '1' };
      return { mark, env: { [attempt.name]: formatMarker(mark) } };
    };

    test('a sweep leaves it alone, and says so', async () => {
      const { mark, env } = gone();
      const [forged, own] = [await start(AS_NOBODY, env), await start(OURS, env)];
      const engine = openEngine('scan');
      const { attempts, doubted } = await findOrphans(engine, mark.hostId);
      expect(attempts.map(({ processes }) => processes.map(({ pid }) => pid))).toEqual([[own]]);
      expect(doubted).toMatchObject([{ process: { pid: forged }, uid: NOBODY }]);
      expect(await sweepOrphans(engine, mark.hostId, quick)).toMatchObject({ doubted: [{ process: { pid: forged } }] });
      expect([isRunning(forged), isRunning(own)]).toEqual([true, false]);
    });

    test('its guardian leaves it alone, but for users as whom it was told that processes were started', async () => {
      const { mark, env } = gone();
      const [forged, own] = [await start(AS_NOBODY, env), await start(OURS, env)];
      const engine = new KillEngine(openContainment('scan'));
      await killAllOf(engine, mark, [], quick);
      expect([isRunning(forged), isRunning(own)]).toEqual([true, false]);
      const told = { id: '1', name: attempt.name, value: env[attempt.name], sinceTicks: '', roots: [], groups: [] };
      await killAllOf(engine, mark, [{ ...told, users: [NOBODY] }], quick);
      expect(isRunning(forged)).toBe(false);
    });
  });
  test('nor is a number that a process has given itself, where a guardian goes by those', async () => {
    const mark = parseMarker(attempt.name, attempt.value)!;
    const limit = `--locks=${new AttemptTags(mark).format(7)}:`;
    const [forged, own] = [await start([...AS_NOBODY, 'prlimit', limit], {}), await start(['prlimit', limit], {})];
    const table = systemTable();
    // As if both had fallen to whom this process belongs.
    const shown = [forged, own].map((pid) => ({ ...table.read(pid)!, ppid: process.ppid }));
    const marked = new MarkedLook(new ProcessSnapshot(shown), table);
    const find = (users: number[]): Promise<number[]> => {
      const orphans = new TaggedOrphans(table, new AttemptTags(mark), [], new Set(users));
      const target = { ...attempt.target, marker: undefined };
      return orphans
        .find(marked, target, new KillRecord(), { pids: new Set(), pgid: 0, sid: 0 })
        .then((found) => found.map(({ pid }) => pid).sort());
    };
    expect(await find([])).toEqual([own]);
    expect(await find([NOBODY])).toEqual([forged, own].sort());
  });
});

describeCgroup('a cgroup with the name of an attempt’s', () => {
  test('is no evidence where another user has made it', async () => {
    const mark = parseMarker(attempt.name, attempt.value)!;
    const worker = join(ownDirectory, workerName(mark));
    const inside = join(worker, attemptName(mark, 1));
    mkdirSync(inside, { recursive: true });
    try {
      const pid = await start(OURS, {});
      writeFileSync(join(inside, 'cgroup.procs'), String(pid));
      const engine = (): KillEngine => new KillEngine(openForOrphans('scan'));
      chownSync(worker, NOBODY, NOBODY);
      expect((await engine().markedAttempts()).filter(({ name }) => name === attempt.name)).toEqual([]);
      chownSync(worker, 0, 0); // negative control
      expect((await engine().markedAttempts()).filter(({ name }) => name === attempt.name)).toMatchObject([
        { processes: [{ pid }] },
      ]);
    } finally {
      await run.end(); // with what is in its cgroups it removes them as well
      run = new TestRun();
      for (const directory of [inside, worker]) if (existsSync(directory)) rmdirSync(directory);
    }
  });
});
