import { spawnSync } from 'node:child_process';
import { openSync, closeSync, writeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabOptions } from '../fixtures/subreaper/lab';
import { generationsIn, type LabProcess } from '../helpers/lab-process';
import { processesWithArgument } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { SubreaperRun } from './subreaper-run';

const hasCompiler = spawnSync('cc', ['--version']).status === 0;
const withCompiler = hasCompiler ? describe : describe.skip;

let run: SubreaperRun;
let program: string;
const files: string[] = [];

beforeEach(() => {
  run = new SubreaperRun();
  if (!hasCompiler) return;
  program = join(run.dir, 'runner');
  const built = spawnSync('cc', ['-O1', '-o', program, join(__dirname, '../fixtures/processes/runner.c')]);
  if (built.status !== 0) throw new Error(String(built.stderr));
});
afterEach(async () => {
  for (const file of files.splice(0)) endRunner(file);
  await run.end();
});

/** Nothing else reaches one that has got away. */
function endRunner(file: string): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.from([1]), 0, 1, 8);
  closeSync(fd);
}

async function isRunning(file: string): Promise<boolean> {
  const before = generationsIn(file);
  await delay(400);
  return generationsIn(file) > before || processesWithArgument(file).length > 0;
}

async function startRunner(lab: LabProcess, attempt: string, pauseUs: number): Promise<string> {
  const file = join(run.newDir(), 'generations');
  writeFileSync(file, Buffer.alloc(16), { mode: 0o666 });
  files.push(file);
  await lab.start(attempt, { command: program, args: [file, String(pauseUs), '1'] });
  await waitUntil('the runner has begun', () => generationsIn(file) > 50n);
  return file;
}

async function killsRunner(options: LabOptions, pauseUs: number): Promise<boolean> {
  const lab = await run.lab(options);
  await lab.attempt('a');
  const file = await startRunner(lab, 'a', pauseUs);
  await lab.kill('a');
  return !(await isRunning(file));
}

const title = `a program that forks and exits for ever, in a new session each time${hasCompiler ? '' : ' (skipped: no C compiler)'}`;
withCompiler(title, () => {
  describe.each([0, 1_000])('%i µs between generations', (pauseUs) => {
    test.each(['thread', 'inline'] as const)('is dead after a kill at subreaper, form "%s"', async (form) => {
      for (let round = 0; round < 3; round++) {
        expect(await killsRunner({ level: 'subreaper', form }, pauseUs)).toBe(true);
      }
    });
  });

  // Now and then a look catches one.
  test('negative control: without pause it goes on at scan', async () => {
    let escaped = 0;
    for (let round = 0; round < 5 && escaped === 0; round++) {
      if (!(await killsRunner({ level: 'scan', form: 'thread' }, 0))) escaped += 1;
    }
    expect(escaped).toBe(1);
  });

  test("leaves no zombie, and does not take the sibling's runner along", async () => {
    const lab = await run.lab({ level: 'subreaper', form: 'thread' });
    await lab.attempt('a');
    await lab.attempt('sibling');
    const sibling = await startRunner(lab, 'sibling', 1_000);
    const file = await startRunner(lab, 'a', 0);
    await lab.kill('a');
    expect(await isRunning(file)).toBe(false);
    expect(await isRunning(sibling)).toBe(true);
    await lab.kill('sibling');
    expect(await isRunning(sibling)).toBe(false);
    await waitUntil('all are reaped', () => lab.zombies().length === 0);
  });
});
