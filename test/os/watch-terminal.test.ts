import { execFileSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../dev/dev-server';
import { isRunning, processesWithArgument } from '../helpers/kernel-oracle';
import { Terminal } from '../helpers/terminal';
import { waitUntil } from '../helpers/wait-until';

const PLANTED = join(projectRoot(), 'dist/test/fixtures/cli/planted-watch.js');
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

let terminal: Terminal;
afterEach(() => terminal?.close());

/** A shell that runs the watch, then tells its exit code and how the terminal is set. */
function watchInShell(env: NodeJS.ProcessEnv = {}, ...args: string[]): Terminal {
  const script = 'stty -a | tr "\\n" " "; echo; "$@"; echo "code=$?"; stty -a | tr "\\n" " "; echo; echo over';
  const command = [process.execPath, PLANTED, 'ps', '--watch', '1', ...args];
  return new Terminal('sh', ['-c', script, 'sh', ...command], { env });
}

/** How the terminal was set before and after. */
function settings(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.includes('icanon'));
}

/** How the terminal of a process is set at this moment. */
function settingsNow(pid: number): string {
  const device = readlinkSync(`/proc/${pid}/fd/0`);
  return execFileSync('stty', ['-a', '-F', device], { encoding: 'utf8' }).replaceAll('\n', ' ');
}

async function nothingIsLeft(): Promise<void> {
  await waitUntil('no watch is left', () => processesWithArgument(PLANTED).length === 0);
}

test('it draws, sorts at m, resizes, and q gives the terminal back as it was: exit 0', async () => {
  terminal = watchInShell();
  const first = await terminal.shows(/burner[^]*hog\?\[2J[^]*sort: CPU/);
  expect(first.findIndex((line) => line.includes('burner'))).toBeLessThan(
    first.findIndex((line) => line.includes('hog')),
  );
  expect(processesWithArgument(PLANTED)).toHaveLength(1 + 1); // the shell, and the watch
  // The control of what is compared at the end: a terminal that is not given back differs.
  expect(settingsNow(terminal.pid)).toMatch(/ -icanon.* -echo /);
  terminal.press('m');
  await terminal.shows(/hog[^]*burner[^]*sort: memory/);
  terminal.resize(40, 6);
  await waitUntil('it fits the new size', () => terminal.frame.length === 6);
  expect(terminal.frame.every((line) => line.length <= 40)).toBe(true);
  terminal.press('q');
  expect(await terminal.exitCode()).toBe(0);
  expect(terminal.text).toContain('code=0');
  expect(terminal.text).toContain(ENTER);
  expect(terminal.text.indexOf(LEAVE)).toBeGreaterThan(terminal.text.lastIndexOf('\u001b[H'));
  const [before, after] = settings(terminal.text);
  expect(before).toMatch(/ icanon.* echo /);
  expect(after.replace(/(rows|columns) \d+/g, '')).toBe(before.replace(/(rows|columns) \d+/g, ''));
  await nothingIsLeft();
});

test('a failed refresh stands above the last list, and the next one clears it', async () => {
  terminal = watchInShell();
  const failed = await terminal.shows(/refresh failed: error \(SERVER_UNREACHABLE\): planted/);
  expect(failed.join('\n')).toContain('burner');
  await waitUntil('the next list is shown', () => !terminal.frame.join('').includes('refresh failed'), {
    timeoutMs: 30_000,
  });
  terminal.press('\u0003');
  expect(await terminal.exitCode()).toBe(0);
  expect(terminal.text).toContain('code=0');
  await nothingIsLeft();
});

test('the error of a first list is there when the screen is back', async () => {
  terminal = watchInShell({ PLANTED: 'refused' });
  expect(await terminal.exitCode()).toBe(0);
  expect(terminal.text.slice(terminal.text.indexOf(LEAVE))).toMatch(
    /error \(SERVER_UNREACHABLE\): planted\r?\n+code=3/,
  );
  await nothingIsLeft();
});

test('a terminal that is closed ends the watch', async () => {
  terminal = new Terminal(process.execPath, [PLANTED, 'ps', '--watch', '1']);
  await terminal.shows(/burner/);
  const { pid } = terminal;
  process.kill(pid, 'SIGHUP'); // as the kernel does
  expect(await terminal.exitCode()).toBe(0);
  expect(isRunning(pid)).toBe(false);
  expect(terminal.text.endsWith(LEAVE)).toBe(true);
});
