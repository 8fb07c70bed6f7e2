import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { systemTable } from '../../../../src/process/table/system-table';
import { usageOf } from '../../../../src/reaper/usage/live-usage';
import type { ProcessInfo } from '../../../../src/contract/process-ref';

const read = (pid: number): ProcessInfo => systemTable().read(pid) as ProcessInfo;

let child: ChildProcess;
afterEach(() => child?.kill('SIGKILL'));

/** A process that holds 64 MB and has used a second of processor time itself and half a second in a child. */
async function busy(): Promise<ProcessInfo> {
  const burn = 'import time\nwhile time.process_time() <';
  const program = `import subprocess, sys\nsubprocess.run([sys.executable, '-c', '''${burn} 0.5: pass'''])
held = b'x' * (64 << 20)\n${burn} 1: pass\nprint('done', flush=True)\nsys.stdin.read()`;
  child = spawn('python3', ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout!, 'data');
  return read(child.pid!);
}

test('a process: its memory, and its processor time with that of a child that it has waited for', async () => {
  const process = await busy();
  const usage = usageOf(process)!;
  expect(usage).toMatchObject({ pid: process.pid, startTicks: process.startTicks, ppid: process.ppid });
  expect(usage.memoryBytes).toBeGreaterThan(64 << 20);
  expect(usage.memoryBytes).toBeLessThan(128 << 20);
  expect(usage.cpuMs).toBeGreaterThanOrEqual(1_450);
  expect(usage.cpuMs).toBeLessThan(2_500);
});

test('nothing of a process that is gone, or of another one with its pid', () => {
  const own = read(process.pid);
  expect(usageOf({ ...own, startTicks: '1' })).toBeUndefined();
  expect(usageOf({ ...own, pid: 2 ** 22 + 1 })).toBeUndefined();
});
