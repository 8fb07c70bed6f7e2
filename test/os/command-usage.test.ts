import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '../../dev/dev-server';
import type { CommandRequest, CommandResult } from '../../src/contract/command';
import { nativeAddon } from '../../src/process/native/addon';

jest.setTimeout(60_000);

const RUNS = resolve(projectRoot(), 'dist/test/fixtures/command/measured-commands.js');
const MIB = 2 ** 20;
/** What the start and the end of Node's own process may take beside what it can tell of itself, on a busy machine. */
const BESIDE_MS = 400;

/** Burns processor time and prints how much it has used in all, by the kernel's count. */
const BURN = `const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
for (let i = 1; i % 1000000 || used() < 500; i++); console.log(used());`;
/** Burns it without end, and prints from time to time how much by now. */
const BURN_ON = `for (let i = 1; ; i++) if (i % 30000000 === 0) {
  const { user, system } = process.cpuUsage(); require('fs').writeSync(1, (user + system) / 1000 + '\\n');
}`;
/** Holds that much memory, every page of it written. */
const HOLD = 'const held = Buffer.alloc(Number(process.argv[1]) * 2 ** 20, 1); process.exitCode = held.length ? 0 : 1';

const burn: CommandRequest = { file: process.execPath, args: ['-e', BURN] };
const script = (text: string, program: string, ...args: string[]): CommandRequest => ({
  script: text,
  args: [process.execPath, '-e', program, ...args],
});

/** Runs commands at the same time in a process of its own, which holds `heapMib` of memory. */
async function measure(
  requests: CommandRequest[],
  { heapMib = 0, inCharge = true } = {},
): Promise<[CommandResult, ...CommandResult[]]> {
  const args = [RUNS, inCharge ? 'yes' : 'no', String(heapMib), ...requests.map((each) => JSON.stringify(each))];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, NODE_OPTIONS: '' } });
  return JSON.parse(stdout) as [CommandResult, ...CommandResult[]];
}

function expectBurnt({ cpuMs, stdout }: CommandResult): void {
  expect(Number(stdout)).toBeGreaterThan(500);
  expect(cpuMs).toBeGreaterThanOrEqual(Math.floor(Number(stdout)));
  expect(cpuMs).toBeLessThan(Number(stdout) + BESIDE_MS);
}

const describeNative = nativeAddon()
  ? describe
  : (name: string, body: () => void) => describe.skip(`${name} (skipped: the native part is not built)`, body);

describeNative('the processor time of a command', () => {
  test('is its own; of several at the same time, each has its own, and that of a short one is little', async () => {
    const [first, second, ...short] = await measure([burn, burn, { file: 'true' }, { script: 'exit 3' }]);
    expectBurnt(first);
    expectBurnt(second);
    for (const { cpuMs } of short) expect(cpuMs).toBeLessThan(100);
  });

  test('has that of a process which it has waited for', async () => {
    const [waits] = await measure([script('"$@" & wait', BURN)]);
    expectBurnt(waits);
  });

  test('misses that of one in the background', async () => {
    const [leaves] = await measure([script('"$@" >/dev/null & exit 0', BURN)]);
    expect(leaves.cpuMs).toBeLessThan(100);
  });

  test('is known when a signal has ended it, and when it was killed at its timeout', async () => {
    const endless = { file: process.execPath, args: ['-e', BURN_ON] };
    const [killed, late] = await measure([
      script('echo $("$@"); kill -9 $$', BURN),
      { ...endless, timeoutMs: 3_000, graceMs: 0 },
    ]);
    expect(killed.signal).toBe('SIGKILL');
    expectBurnt(killed);
    expect(late.signal).toBe('SIGKILL');
    const printed = Number(late.stdout.trim().split('\n').at(-1));
    expect(printed).toBeGreaterThan(0);
    expect(late.cpuMs).toBeGreaterThanOrEqual(Math.floor(printed));
    expect(late.cpuMs).toBeLessThan(late.durationMs + BESIDE_MS);
  });
});

describeNative('the peak of memory of a command', () => {
  const hold = (mib: number): CommandRequest => ({ file: process.execPath, args: ['-e', HOLD, String(mib)] });
  // What Node needs for itself is on top.
  const expectPeak = (bytes: number | undefined, mib: number): void => {
    expect(bytes).toBeGreaterThan(mib * MIB);
    expect(bytes).toBeLessThan((mib + 100) * MIB);
  };

  test("is that of its largest process, the command's own or one that it has waited for", async () => {
    const waits = script('"$@"; "$1" "$2" "$3" 100; exit 0', HOLD, '200');
    const [own, child] = await measure([hold(150), waits]);
    expectPeak(own.peakMemoryBytes, 150);
    expectPeak(child.peakMemoryBytes, 200); // and not 300
  });

  test('is known beside a worker that holds less, however much that is', async () => {
    const [{ peakMemoryBytes }] = await measure([hold(300)], { heapMib: 150 });
    expectPeak(peakMemoryBytes, 300);
  });

  test("is unknown, and not the worker's, if it is smaller than that", async () => {
    const results = await measure([hold(100), { file: 'true' }], { heapMib: 300 });
    for (const { peakMemoryBytes, cpuMs } of results) {
      expect(peakMemoryBytes).toBeUndefined();
      expect(cpuMs).toBeGreaterThan(0);
    }
  });
});

test('without the native part in charge nothing is known, and nothing is guessed', async () => {
  const [result] = await measure([burn], { inCharge: false });
  expect(result).toMatchObject({ exitCode: 0 });
  expect([result.cpuMs, result.peakMemoryBytes]).toEqual([undefined, undefined]);
});
