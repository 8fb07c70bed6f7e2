import { setTimeout as sleep } from 'node:timers/promises';
import { type WatchFlags, watchProcesses } from '../../../../src/cli/watch/watch-processes';
import { ReaperError } from '../../../../src/contract/errors';
import { waitUntil } from '../../../helpers/wait-until';
import { type FakeCli, fakeCli } from '../fake-cli';
import { NOW, plantedList } from './planted-list';

const ENTERED = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEFT = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const list = plantedList({
  'build-42': [{ pid: 101, cpuMs: 10, memoryBytes: 2 ** 20, startedAt: NOW }],
  'other-1': [],
});

const INTERVAL_MS = 5;

function watch(cli: FakeCli, flags: Partial<WatchFlags> = {}, intervalMs = INTERVAL_MS): Promise<number> {
  return watchProcesses(cli, { output: 'text', color: false, ...flags }, intervalMs);
}

/** Its first answer is the list, and every other one is an error. */
function failingLater(): FakeCli {
  let asked = 0;
  return fakeCli(() => {
    if (++asked > 1) throw new ReaperError('SERVER_UNREACHABLE', 'gone\u001b[2J');
    return list;
  });
}

function onTerminal(cli: FakeCli) {
  const modes: boolean[] = [];
  Object.assign(cli.stdout, { isTTY: true, columns: 100, rows: 20 });
  Object.assign(cli.stdin, { isTTY: true, setRawMode: (isRaw: boolean) => modes.push(isRaw) });
  return { cli, modes };
}

const framesOf = ({ stdout }: FakeCli): string[] => stdout.text.split('\u001b[H').slice(1);

function listenersOf({ signals, stdin, stdout }: FakeCli): number {
  return [signals, stdin, stdout].reduce(
    (sum, emitter) =>
      sum + [...END_SIGNALS, 'exit', 'resize', 'keypress'].reduce((n, e) => n + emitter.listenerCount(e), 0),
    0,
  );
}

describe('without a terminal', () => {
  test.each(END_SIGNALS)('one list after the other, without escape codes, until %s: exit 0', async (signal) => {
    const cli = fakeCli(list);
    const exit = watch(cli);
    await waitUntil('it has listed twice', () => cli.stdout.text.split('other-1').length > 2);
    cli.signals.emit(signal);
    expect(await exit).toBe(0);
    expect(cli.stdout.text).not.toContain('\u001b');
    expect(cli.stdout.text).toMatch(
      /^\d\d:\d\d:\d\d {2}CPU - {2}memory 1\.0M {2}1 process {2}2 attempts {2}1 worker {2}1 host\nHOST .*%CPU.*\nhost-a .*\nhost-a .*\n\n/,
    );
    expect([cli.closed, cli.left]).toEqual([1, []]);
    expect(listenersOf(cli)).toBe(0);
  });

  test('-o json: one document a line, each of the workflow asked for', async () => {
    const cli = fakeCli(list);
    const exit = watch(cli, { output: 'json', workflowId: 'other-1' });
    await waitUntil('it has listed twice', () => cli.stdout.text.split('\n').length > 2);
    cli.signals.emit('SIGINT');
    expect(await exit).toBe(0);
    const documents = cli.stdout.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as typeof list);
    for (const { hosts } of documents) {
      expect(hosts[0].result?.attempts).toEqual([list.hosts[0].result?.attempts[1]]);
    }
  });

  test.each([
    ['json', '{"error":{"code":"SERVER_UNREACHABLE","message":"gone\\u001b[2J"}}\n'],
    ['text', 'error (SERVER_UNREACHABLE): gone?[2J\n'],
  ] as const)('%s: a failed refresh goes to stderr, and the watch goes on', async (output, line) => {
    const cli = failingLater();
    const exit = watch(cli, { output });
    await waitUntil('it has failed twice', () => cli.stderr.text.split('\n').length > 2);
    cli.signals.emit('SIGINT');
    expect(await exit).toBe(0);
    expect(cli.stderr.text.startsWith(line + line)).toBe(true);
  });

  test('a terminal that cannot move its cursor counts as none', async () => {
    const { cli } = onTerminal(fakeCli(list));
    cli.env.TERM = 'dumb';
    const exit = watch(cli);
    await waitUntil('it has listed', () => cli.stdout.text.includes('other-1'));
    cli.signals.emit('SIGINT');
    expect(await exit).toBe(0);
    expect(cli.stdout.text).not.toContain('\u001b');
  });
});

describe('on a terminal', () => {
  test.each<[string, (cli: FakeCli) => void]>([
    ['q', ({ stdin }) => stdin.write('q')],
    ['Ctrl-C', ({ stdin }) => stdin.write('\u0003')],
    ['SIGINT', ({ signals }) => signals.emit('SIGINT')],
    ['SIGTERM', ({ signals }) => signals.emit('SIGTERM')],
    ['the end of its input', ({ stdin }) => stdin.end()],
  ])('%s ends it with 0, and gives the terminal back', async (_what, quit) => {
    const { cli, modes } = onTerminal(fakeCli(list));
    const exit = watch(cli);
    await waitUntil('it shows the list', () => cli.stdout.text.includes('other-1'));
    expect(modes).toEqual([true]);
    expect(cli.stdout.text.startsWith(ENTERED)).toBe(true);
    quit(cli);
    expect(await exit).toBe(0);
    expect(cli.stdout.text.endsWith(LEFT)).toBe(true);
    expect(modes).toEqual([true, false]);
    expect(cli.stdin.isPaused()).toBe(true);
    expect([cli.closed, cli.left]).toEqual([1, []]);
    expect(listenersOf(cli)).toBe(0);
  });

  test('a process that ends in any other way gives the terminal back first', async () => {
    const { cli, modes } = onTerminal(fakeCli(list));
    const exit = watch(cli);
    await waitUntil('it shows the list', () => cli.stdout.text.includes('other-1'));
    cli.signals.emit('exit');
    expect(cli.stdout.text.endsWith(LEFT)).toBe(true);
    expect(modes).toEqual([true, false]);
    cli.signals.emit('SIGINT');
    await exit;
    expect(cli.stdout.text.split(LEFT)).toHaveLength(2);
  });

  test('an error of the first list ends it with the code of that error, on the screen that was there', async () => {
    const { cli, modes } = onTerminal(
      fakeCli(() => {
        throw new ReaperError('SERVER_UNREACHABLE', 'gone');
      }),
    );
    expect(await watch(cli)).toBe(3);
    expect(cli.stdout.text.endsWith(LEFT)).toBe(true);
    expect(cli.stderr.text).toBe('error (SERVER_UNREACHABLE): gone\n');
    expect(modes).toEqual([true, false]);
    expect(listenersOf(cli)).toBe(0);
  });

  test('a later one stands in the header, above the last list', async () => {
    const { cli } = onTerminal(failingLater());
    const exit = watch(cli);
    await waitUntil('it shows the error', () => cli.stdout.text.includes('refresh failed'));
    expect(framesOf(cli).at(-1)).toContain('refresh failed: error (SERVER_UNREACHABLE): gone?[2J');
    expect(framesOf(cli).at(-1)).toContain('other-1');
    cli.stdin.write('q');
    expect(await exit).toBe(0);
    expect(cli.stderr.text).toBe('');
  });

  test('it is drawn again at a key and at a new size', async () => {
    const { cli } = onTerminal(fakeCli(list));
    const exit = watch(cli, {}, 3_600_000);
    await waitUntil('it shows the list', () => cli.stdout.text.includes('other-1'));
    const before = framesOf(cli).length;
    cli.stdin.write('m');
    await waitUntil('it sorts', () => framesOf(cli).length === before + 1);
    expect(framesOf(cli).at(-1)).toContain('sort: memory');
    Object.assign(cli.stdout, { columns: 40, rows: 5 });
    cli.stdout.emit('resize');
    expect(framesOf(cli).at(-1)?.split('\r\n')).toHaveLength(5);
    cli.stdin.write('q');
    expect(await exit).toBe(0);
  });

  test('a paused watch asks nothing', async () => {
    const { cli } = onTerminal(fakeCli(list));
    const exit = watch(cli);
    await waitUntil('it shows the list', () => cli.stdout.text.includes('other-1'));
    cli.stdin.write(' ');
    await waitUntil('it is paused', () => framesOf(cli).at(-1)?.includes('PAUSED') === true);
    const { length } = cli.calls;
    await sleep(20 * INTERVAL_MS);
    expect(cli.calls).toHaveLength(length);
    cli.stdin.write(' ');
    await waitUntil('it asks again', () => cli.calls.length > length);
    cli.stdin.write('q');
    expect(await exit).toBe(0);
  });

  test('a question on its way does not keep the screen', async () => {
    const { cli } = onTerminal(fakeCli(() => new Promise(() => undefined)));
    const exit = watch(cli);
    await waitUntil('it asks', () => cli.calls.length === 1);
    cli.stdin.write('q');
    await waitUntil('the screen is back', () => cli.stdout.text.endsWith(LEFT), { timeoutMs: 500 });
    await exit;
    expect(cli.left).toEqual([0]);
  });
});
