/**
 * Gives the numbers of an attempt's processes to strangers, inside a PID namespace of its own, and kills the attempt:
 * `unshare --pid --fork --mount-proc sh -c '"$@"; exit' sh node recycle.js <JSON of Recycling>`. Prints the JSON of what it saw.
 */
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestRun } from '../fixtures/processes/test-run';
import { isRunning, startTicks } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { compiled } from './compile';
import type { Environment } from './environments';
import { Stranger } from './strangers';
import { ZooHost } from './zoo-host';

export interface Recycling {
  environment: Environment;
  form: 'inline' | 'thread';
  runId: string;
  dir: string;
  /** Kills while the small number space goes round; 0: none. */
  kills: number;
  /** Size of the number space, where a namespace has its own. */
  pidMax?: number;
}

/** What became of a stranger with a recycled number. */
export interface Recycled {
  scenario: string;
  /** It really had the number. */
  reused: boolean;
  harm?: string;
  /** The attempt's own processes were alive before, and are dead. */
  attemptDied: boolean;
}

export interface RecycleResult {
  recycled: Recycled[];
  wrapped?: { kills: number; strangers: number; reused: number; harms: string[] };
}

const TRIES = 200;
const SCENARIO_TRIES = 5;

/** Only here: outside of the namespace, this would be everybody's. */
function nextPid(pid: number): void {
  writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
}

class Recycler {
  private strangers = 0;

  constructor(
    private readonly host: ZooHost,
    private readonly dir: string,
  ) {}

  newDir(): string {
    const dir = join(this.dir, `r${++this.strangers}`);
    mkdirSync(dir);
    return dir;
  }

  /** A stranger with this number; the threads of others may take it first, so it is tried again. */
  async strangerWith(pid: number, steps: string[] = []): Promise<Stranger> {
    let last: Stranger | undefined;
    for (let tries = 0; tries < TRIES; tries++) {
      const stranger = new Stranger(this.newDir(), 'stranger', steps);
      nextPid(pid);
      const child = stranger.spawn();
      await stranger.started();
      if (child.pid === pid) return stranger;
      child.kill('SIGKILL');
      last = stranger;
    }
    return last as Stranger;
  }

  async start(attempt: string, command: string, args: string[]): Promise<number> {
    return this.host.start(attempt, { command, args });
  }

  /** A process of the attempt; a thread of the host may take its number as soon as it is dead. */
  async startOther(attempt: string): Promise<{ isDead: () => boolean }> {
    const pid = await this.start(attempt, 'sleep', ['100']);
    const ticks = startTicks(pid);
    return { isDead: () => ticks !== undefined && !isRunning(pid, ticks) };
  }

  async gone(pid: number, ticks = startTicks(pid)): Promise<void> {
    await waitUntil(`${pid} is reaped`, () => ticks === undefined || startTicks(pid) !== ticks);
  }

  /** A tool has ended, its attempt goes on, a stranger has its number. */
  async finishedTool(): Promise<Recycled> {
    const attempt = await this.host.open();
    const tool = await this.start(attempt, 'true', []);
    await this.gone(tool);
    const other = await this.startOther(attempt);
    const stranger = await this.strangerWith(tool);
    await this.host.kill(attempt);
    return this.outcome('a tool has ended, and its attempt goes on', tool, stranger, other.isDead());
  }

  /** The leader of a group has ended and its group is empty; a stranger leads a group of that number. */
  async emptiedGroup(): Promise<Recycled> {
    const attempt = await this.host.open();
    const tool = await this.start(attempt, 'true', []);
    await this.gone(tool);
    const stranger = await this.strangerWith(tool, ['setsid']);
    const other = await this.startOther(attempt);
    await this.host.kill(attempt);
    return this.outcome('a stranger leads a group of the number of one that is empty', tool, stranger, other.isDead());
  }

  /** The number of a process that was killed a moment ago is that of another attempt's now: seen before, but not this one. */
  async sameNumberAgain(): Promise<Recycled> {
    const first = await this.host.open();
    const before = await this.start(first, 'sleep', ['100']);
    const stranger = new Stranger(this.newDir(), 'stranger');
    stranger.spawn();
    await stranger.started();
    await delay(600); // long enough since the last kill for this one to read the whole process table
    await this.host.kill(first);
    await delay(20); // in another tick: nothing that was there before is the second one's
    const second = await this.host.open();
    let again = 0;
    for (let tries = 0; tries < TRIES && again !== before; tries++) {
      nextPid(before);
      again = await this.start(second, 'sleep', ['100']);
    }
    const ticks = startTicks(again);
    await this.host.kill(second);
    const reused = again === before;
    return {
      ...(await this.outcome('two attempts in a row have the number', again, stranger, !isRunning(again, ticks))),
      reused,
    };
  }

  /** It ignores SIGTERM, dies in its grace of something else, and a stranger has its number when SIGKILL is due. */
  async duringGrace(steps: string[], scenario: string): Promise<Recycled> {
    const attempt = await this.host.open();
    const dir = this.newDir();
    const pid = await this.start(attempt, compiled('escapee'), [
      dir,
      '!ignore',
      ...(steps.length > 0 ? steps : ['setpgid']),
    ]);
    const escapee = join(dir, 'escapee.pid');
    await waitUntil('it is there', () => isRunning(pid) && readable(escapee));
    const child = Number(readFileSync(escapee, 'utf8'));
    const [ticks, ofPid] = [startTicks(child), startTicks(pid)];
    const kill = this.host.kill(attempt);
    await delay(100); // SIGTERM has been sent, SIGKILL comes after 1.5 s
    process.kill(child, 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    await this.gone(child, ticks);
    await this.gone(pid);
    const stranger = await this.strangerWith(child);
    const { processes } = await kill;
    return this.outcome(scenario, child, stranger, processes.length > 0 && !isRunning(pid, ofPid));
  }

  private async outcome(scenario: string, pid: number, stranger: Stranger, attemptDied: boolean): Promise<Recycled> {
    await delay(200);
    return { scenario, reused: stranger.number === pid, harm: await stranger.harm(), attemptDied };
  }

  /** Kills in a number space so small that every number comes back, again and again. */
  async wrap(kills: number, pidMax?: number): Promise<RecycleResult['wrapped']> {
    const seen = new Set<number>();
    const strangers: Stranger[] = [];
    const harms: string[] = [];
    let [all, reused] = [0, 0];
    const attempts = await Promise.all([this.host.open(), this.host.open()]);
    if (pidMax !== undefined) nextPid(pidMax - 10); // numbers come round from now on
    for (let round = 0; round < kills; round++) {
      const name = attempts[round % 2];
      const dir = this.newDir();
      await this.start(name, 'true', []).then((pid) => seen.add(pid));
      const steps = round % 3 === 0 ? ['setsid', 'fork2'] : ['setpgid'];
      seen.add(await this.start(name, compiled('escapee'), [dir, ...steps]));
      await waitUntil('it is there', () => readable(join(dir, 'escapee.pid')));
      const escapee = Number(readFileSync(join(dir, 'escapee.pid'), 'utf8'));
      const ticks = startTicks(escapee);
      seen.add(escapee);
      const stranger = new Stranger(this.newDir(), 'stranger', round % 2 ? ['setsid'] : []);
      stranger.spawn();
      strangers.push(await stranger.started());
      all++;
      if (seen.has(stranger.number)) reused++;
      await this.host.kill(name);
      if (isRunning(escapee, ticks)) process.kill(escapee, 'SIGKILL'); // it may survive at this level, and numbers are few
      await this.host.ask('close', { attempt: name, how: 'throws' });
      await this.host.open(name);
      // Those who came last are the likeliest to be taken for somebody else.
      for (const each of strangers) {
        const harm = each.signals && (await each.harm());
        if (harm) harms.push(harm);
      }
      while (strangers.length > 20) {
        const oldest = strangers.shift() as Stranger;
        const harm = await oldest.harm();
        if (harm) harms.push(harm);
        process.kill(oldest.number, 'SIGKILL');
      }
    }
    for (const each of strangers) {
      const harm = await each.harm();
      if (harm) harms.push(harm);
    }
    return { kills, strangers: all, reused, harms };
  }
}

/** A thread that somebody has started meanwhile may have taken the number, and keeps it: then another one is tried. */
async function untilReused(scenario: () => Promise<Recycled>): Promise<Recycled> {
  let last: Recycled;
  let tries = 0;
  do last = await scenario();
  while (!last.reused && ++tries < SCENARIO_TRIES);
  return last;
}

function readable(file: string): boolean {
  try {
    return readFileSync(file, 'utf8') !== '';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function main({ environment, form, runId, dir, kills, pidMax }: Recycling): Promise<void> {
  if (process.ppid !== 1 || process.pid > 10) throw new Error('Not in a PID namespace of its own, under a shell');
  const escalation = { signal: 'SIGTERM', graceMs: 1_500, settleMs: 2_000 } as const;
  const host = await ZooHost.start({ id: runId } as TestRun, environment, { form, escalation });
  const recycler = new Recycler(host, dir);
  const recycled = [
    await untilReused(() => recycler.finishedTool()),
    await untilReused(() => recycler.emptiedGroup()),
    await untilReused(() => recycler.sameNumberAgain()),
    await untilReused(() => recycler.duringGrace([], 'a process dies in its grace')),
    await untilReused(() => recycler.duringGrace(['setsid', 'fork2'], 'a daemon dies in its grace')),
  ];
  if (pidMax !== undefined) writeFileSync('/proc/sys/kernel/pid_max', String(pidMax));
  const result: RecycleResult = { recycled, wrapped: kills > 0 ? await recycler.wrap(kills, pidMax) : undefined };
  const ended = once(host.child, 'exit');
  host.child.kill('SIGKILL');
  await ended;
  process.stdout.write(JSON.stringify(result), () => process.exit(0)); // the namespace ends with the shell, and all in it
}

main(JSON.parse(process.argv[2]) as Recycling).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
