import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from '../../dev/dev-server';
import { isRunning } from '../helpers/kernel-oracle';
import type { LabProcess } from '../helpers/lab-process';
import { waitUntil } from '../helpers/wait-until';
import { SubreaperRun } from './subreaper-run';

/*
 * Somebody sets the clock while a worker runs: a virtual machine that was asleep, or a first answer of NTP.
 */
const HOUR_S = 3_600;
const SLEEP = { command: 'sleep', args: ['600'] };

const compiler = process.env.CC ?? 'cc';
const hasCompiler = spawnSync(compiler, ['--version']).status === 0;
const describeCompiled = (name: string, body: () => void): void =>
  hasCompiler ? describe(name, body) : describe.skip(`${name} (skipped: no C compiler)`, body);

let run: SubreaperRun;
let lab: LabProcess;
let file: string;

function setClock(seconds: number): void {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(seconds));
  writeFileSync(file, bytes, { flag: 'r+' });
}

describeCompiled('a clock that is set', () => {
  beforeEach(async () => {
    run = new SubreaperRun();
    const dir = run.newDir();
    const library = join(dir, 'stepped-clock.so');
    const source = join(projectRoot(), 'test/fixtures/native/stepped-clock.c');
    execFileSync(compiler, ['-shared', '-fPIC', '-Wall', '-Werror', '-o', library, source, '-ldl']);
    file = join(dir, 'step');
    writeFileSync(file, Buffer.alloc(8));
    lab = await run.lab({ level: 'scan', form: 'thread' }, {}, ['env', `LD_PRELOAD=${library}`, `CLOCK_STEP=${file}`]);
  });
  afterEach(() => run.end());

  test('forward: nobody is killed before its time', async () => {
    await lab.do('attempt', 'before', HOUR_S * 1_000);
    const early = await lab.start('before', SLEEP);
    await lab.do('attempt', 'after', HOUR_S * 1_000);
    setClock(2 * HOUR_S);
    const late = await lab.start('after', SLEEP);
    // What is due already is killed by then.
    await lab.do('attempt', 'due', 1);
    const due = await lab.start('due', SLEEP);
    await waitUntil('the one whose time is up is dead', () => !isRunning(due));
    await delay(300);
    expect([early, late].map((pid) => isRunning(pid))).toEqual([true, true]);
  });

  test('back: whose time is up is killed', async () => {
    await lab.do('attempt', 'a', 1_500);
    setClock(-2 * HOUR_S);
    const pid = await lab.start('a', SLEEP);
    await waitUntil('it is dead', () => !isRunning(pid));
  });

  test('negative control: it really is set, and shows', async () => {
    setClock(2 * HOUR_S);
    const now = await lab.do<number>('timeOfDay');
    expect(now - Date.now()).toBeGreaterThan(HOUR_S * 1_000);
  });
});
