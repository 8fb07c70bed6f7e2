import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Aftermath, ShortLived } from '../../fixtures/plugin/short-lived';
import { testServerAddress } from '../../helpers/dev-server';
import { waitUntil } from '../../helpers/wait-until';
import { FIXTURES } from '../../helpers/fixtures-folder';

/** Processes that name the worker in their command line, as its guardian does. */
function guardiansOf(workerPid: number): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`"workerPid":${workerPid},`);
    } catch {
      return false; // no process, or gone
    }
  });
}

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  aftermath: Aftermath | undefined;
}

class Script {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(what: Omit<ShortLived, 'address'>, fixtures: string) {
    const argument = JSON.stringify({ address: testServerAddress(), ...what } satisfies ShortLived);
    const child = spawn(process.execPath, [join(fixtures, 'plugin', 'short-lived.js'), argument], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    this.child = child;
    this.ended = this.end(child);
  }

  private async end(child: ChildProcess): Promise<Ended> {
    let text = '';
    child.stdout?.on('data', (data: Buffer) => (text += data.toString()));
    const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    clearTimeout(timer);
    const line = text.split('\n').find((each) => each.startsWith('{'));
    return { code, signal, aftermath: line === undefined ? undefined : (JSON.parse(line) as Aftermath) };
  }
}

/** The script `short-lived` leaves with the plugin what it leaves without, and ends as it does without. */
export async function expectSameAftermath(
  what: Omit<ShortLived, 'address' | 'hasPlugin'>,
  fixtures = FIXTURES,
): Promise<void> {
  const plain = new Script({ ...what, hasPlugin: false }, fixtures);
  const script = new Script({ ...what, hasPlugin: true }, fixtures);
  if (what.afterMs >= 5_000) {
    const pid = script.child.pid ?? 0;
    await waitUntil('its guardian runs', () => guardiansOf(pid).length === 1, { timeoutMs: 30_000 });
  }
  const [expected, ended] = await Promise.all([plain.ended, script.ended]);
  expect(ended).toEqual(expected);
  // The yardstick itself: it has come to its end.
  expect(expected).toMatchObject({ code: 7, aftermath: { canInstall: true, listeners: 0 } });
  await waitUntil('nothing that it has started is left', () => guardiansOf(script.child.pid ?? 0).length === 0);
}
