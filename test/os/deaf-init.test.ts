import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import type { KillReport } from '../../src/contract/kill-report';
import { TestRun } from '../fixtures/processes/test-run';
import { isRunning, procFile } from '../helpers/kernel-oracle';
import { waitUntil } from '../helpers/wait-until';
import { openEngine, TrackedAttempt } from './engine-run';

/*
 * What a program starts in a PID namespace of its own: the first process there is spared by the kernel what a signal does
 * by default.
 */
const NAMESPACE = ['--pid', '--fork', '--kill-child', '--'];
const canUnshare = spawnSync('unshare', [...NAMESPACE, 'true']).status === 0;
const describeNamespace = (name: string, body: () => void): void =>
  canUnshare ? describe(name, body) : describe.skip(`${name} (skipped: no PID namespace can be made here)`, body);

/**
 * Nobody waits for its end. What a program starts after the signal gets the signal too: so the shell itself makes the files
 * that say it was there.
 */
const endless = { signal: 'SIGTERM', graceMs: 3_600_000, settleMs: 5_000 } as const;

let run: TestRun;
beforeEach(() => (run = new TestRun()));
afterEach(() => run.end());

/** Kills what is started in a namespace, once it has made the file `ready`. */
async function killed(
  program: string,
  escalation: { graceMs: number } = endless,
): Promise<KillReport & { dir: string }> {
  const attempt = new TrackedAttempt();
  const dir = run.newDir();
  const child = spawn('unshare', [...NAMESPACE, 'sh', '-c', program], {
    cwd: dir,
    env: { ...run.env, ...attempt.env },
    stdio: 'ignore',
    detached: true,
  });
  attempt.add(child.pid as number);
  await waitUntil('it is ready', () => existsSync(join(dir, 'ready')));
  const report = await openEngine().kill(attempt.target, { ...endless, ...escalation });
  return { ...report, dir };
}

const fatesOf = (report: KillReport): string[] =>
  report.processes
    .filter(({ name }) => name !== 'unshare')
    .map(({ name, fate, signal }) => `${name} ${fate} ${signal}`);

describeNamespace('the first process of a PID namespace', () => {
  test('that does not handle the signal is killed at once', async () => {
    const report = await killed('touch ready; exec sleep 600');
    expect(fatesOf(report)).toEqual(['sleep killed SIGKILL']);
    expect(report.processes.filter(({ pid }) => isRunning(pid))).toEqual([]);
  });

  test('so is Node, which drops its handler at the first signal', async () => {
    const node = `${process.execPath} -e 'setInterval(() => 0, 1000); require("fs").writeFileSync("ready", "")'`;
    expect(fatesOf(await killed(`exec ${node}`))).toEqual(['node killed SIGKILL']);
  });

  test('but not before those have ended that would die with it', async () => {
    const server = `trap 'sleep 0.5; : >served; exit' TERM; touch ready; while :; do sleep 0.05; done`;
    const report = await killed(`sh -c "${server}" & while :; do sleep 0.05; done`);
    expect(existsSync(join(report.dir, 'served'))).toBe(true);
    expect(fatesOf(report)).toContain('sh exited SIGTERM');
    expect(fatesOf(report)).toContain('sh killed SIGKILL');
  });

  test.each([
    ['handles it', `trap 'sleep 0.5; : >served; exit' TERM; touch ready; while :; do sleep 0.05; done`],
    ['ignores it', `trap '' TERM; touch ready; sleep 1; touch served`],
  ])('negative control: one that %s has its grace', async (_, program) => {
    const report = await killed(program);
    expect(existsSync(join(report.dir, 'served'))).toBe(true);
    expect(fatesOf(report).filter((fate) => fate.includes('SIGKILL'))).toEqual([]);
  });

  test('negative control: it really is one that the signal does not end', async () => {
    const dir = run.newDir();
    const child = spawn('unshare', [...NAMESPACE, 'sh', '-c', 'touch ready; exec sleep 600'], {
      cwd: dir,
      env: run.env,
    });
    await waitUntil('it is ready', () => existsSync(join(dir, 'ready')));
    const init = run.processes().find((pid) => procFile(pid, 'status')?.match(/^NSpid:.*\t1$/m)) as number;
    await waitUntil('it has become the program', () => procFile(init, 'comm') === 'sleep\n');
    process.kill(init, 'SIGTERM');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(isRunning(init)).toBe(true);
    child.kill('SIGKILL');
  });
});
