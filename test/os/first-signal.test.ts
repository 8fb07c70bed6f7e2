import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { survivorsOf } from '../../src/contract/kill-report';
import { openContainment } from '../../src/process/containment/open-scan-or-basic';
import type { LevelKill } from '../../src/process/containment/level';
import { KillEngine } from '../../src/process/kill/kill-engine';
import type { KillTarget } from '../../src/process/kill/kill-target';
import { isRunning, parentOf } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { patient, TrackedAttempt } from './engine-run';

let folder: string;
let tops: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'first-signal-'));
  tops = [];
});
afterEach(() => {
  for (const pid of [...tops.map(({ pid }) => pid!), ...noted()]) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it is dead
    }
  }
  rmSync(folder, { recursive: true });
});

const noted = (): number[] => ['sleeper', 'counter', 'hidden'].filter((name) => existsSync(file(name))).map(pidIn);
const file = (name: string): string => join(folder, name);
const pidIn = (name: string): number => Number(readFileSync(file(name), 'utf8'));

/** A shell that leads a group; the script sees the folder as $D. */
async function start(script: string, notes: string[]): Promise<TrackedAttempt> {
  const attempt = new TrackedAttempt();
  const env = { ...process.env, ...attempt.env, D: folder };
  const top = spawn('sh', ['-c', script], { detached: true, stdio: 'ignore', env });
  tops.push(top);
  attempt.add(top.pid!);
  await waitUntil('its processes run', () => notes.every((name) => existsSync(file(name)) && pidIn(name) > 0));
  return attempt;
}

interface EngineFault {
  look?: Promise<unknown>;
  existedAt?: false;
  level?: 'scan' | 'basic';
}

/** An engine whose looks at the process table wait; without `existedAt` where that is to fail. */
function engineWith({ look, existedAt, level = 'scan' }: EngineFault): KillEngine {
  const containment = openContainment(level);
  const table = new Proxy(containment.table, {
    get(real, name) {
      if (name === 'look') return async (since: string) => (await look, real.look(since));
      if (name === 'existedAt' && existedAt === false) return undefined;
      const value: unknown = Reflect.get(real, name, real);
      return typeof value === 'function' ? (value.bind(real) as unknown) : value;
    },
  });
  return new KillEngine(Object.assign(Object.create(containment), { table }) as typeof containment);
}

/** The engine, as if the kernel kept hold of all that the attempt starts. */
function holding(engine: KillEngine, { target }: TrackedAttempt): [KillEngine, KillTarget] {
  const hold: LevelKill = { observe: () => {}, kill: () => {}, isPopulated: undefined, proof: 'scan', end: () => {} };
  const containment = Object.assign(Object.create(engine.containment), {
    beginKill: () => hold,
  }) as typeof engine.containment;
  return [new KillEngine(containment), { ...target, isWholeEnclosed: () => true }];
}

test('the known group dies before any look; an orphan with a session of its own after it, and is known to the report', async () => {
  const daemon = 'setsid sh -c \'echo $$ >"$D/counter"; exec sleep 900\' &';
  const attempt = await start(`(${daemon}) ; sleep 900 & echo $! >"$D/sleeper"; wait`, ['sleeper', 'counter']);
  let letLook!: () => void;
  const look = new Promise<void>((resolve) => (letLook = resolve));
  const exit = once(tops[0], 'exit');
  const kill = engineWith({ look }).kill(attempt.target, patient);
  await exit;
  await waitUntil('the known child is dead', () => !isRunning(pidIn('sleeper')));
  expect(isRunning(pidIn('counter'))).toBe(true); // the negative control: nobody knows it yet
  letLook();
  const report = await kill;
  expect(isRunning(pidIn('counter'))).toBe(false);
  expect(survivorsOf(report)).toEqual([]);
  expect(report.processes.map(({ pid }) => pid).sort()).toEqual(
    [tops[0].pid, pidIn('sleeper'), pidIn('counter')].sort(),
  );
});

describe('an orphan in the group, which only a look shows', () => {
  // It counts its signals, and ends a second after the first.
  const counter = `process.on("SIGTERM", () => { require("fs").appendFileSync(process.env.D + "/signals", "T");
    setTimeout(() => process.exit(), 1000); }); require("fs").writeFileSync(process.env.D + "/counter", String(process.pid));
    setTimeout(() => {}, 60000);`;
  const script = `("${process.execPath}" -e '${counter}' &) ; sleep 900 & echo $! >"$D/sleeper"; wait`;

  test.each([
    ['gets the first signal once', undefined, 'T'],
    ['negative control: got it twice, could the table not tell who was there', false as const, 'TT'],
  ])('%s', async (_title, existedAt, signals) => {
    const attempt = await start(script, ['sleeper', 'counter']);
    // The look comes when the first signal has been dealt with: two that are pending at a time are one.
    const look = waitUntil('the first signal has come', () => existsSync(file('signals')));
    const [engine, target] = holding(engineWith({ existedAt, look }), attempt);
    const report = await engine.kill(target, patient);
    expect(readFileSync(file('signals'), 'utf8')).toBe(signals);
    expect(survivorsOf(report)).toEqual([]);
    expect(report.processes.find(({ pid }) => pid === pidIn('counter'))).toMatchObject({ signal: 'SIGTERM' });
  });
});

describe.each(['scan', 'basic'] as const)(
  'at %s, an orphan in the group with a child that only it leads to',
  (level) => {
    // The child has its own session and carries no marker; its parent, whose own parent has exited, stays in the group.
    const hidden = `setsid env -i "D=$D" sh -c 'echo $$ >"$D/hidden"; exec sleep 900' & wait`;
    const script = `(sh -c '${hidden.replaceAll("'", `'"'"'`)}' &) ; sleep 900 & echo $! >"$D/sleeper"; wait`;

    test('is not killed before the look that shows them both', async () => {
      const attempt = await start(script, ['sleeper', 'hidden']);
      const report = await engineWith({ level }).kill(attempt.target, patient);
      expect(isRunning(pidIn('hidden'))).toBe(false);
      expect(survivorsOf(report)).toEqual([]);
    });

    test('negative control: a signal to the whole group before that look loses the child', async () => {
      const attempt = await start(script, ['sleeper', 'hidden']);
      const hidden = pidIn('hidden');
      const parent = parentOf(hidden);
      const look = waitUntil('the parent is dead', () => parentOf(hidden) !== parent);
      const [engine, target] = holding(engineWith({ level, look }), attempt);
      await engine.kill(target, patient);
      expect(isRunning(hidden)).toBe(true);
    });
  },
);
