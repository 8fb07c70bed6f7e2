import { entriesWithPrefix } from '../../../../src/process/table/environ-block';
import { parseStat, usageIn } from '../../../../src/process/table/stat-line';
import { parsePs } from '../../../../src/process/table/ps-table';

function stat(name: string, state = 'S', threads = 1): string {
  return `42 (${name}) ${state} 7 41 40 0 -1 4194304 0 0 0 0 250 34 7 8 20 0 ${threads} 0 63196 3133440 383 1844\n`;
}

describe('a line of /proc/PID/stat', () => {
  test.each(['cat', 'a) R 1 (b', 'tail -f', '(((', ')))', ') Z 1 1 1', '', 'ü'])('with the name "%s"', (name) => {
    expect(parseStat(stat(name))).toEqual({
      pid: 42,
      startTicks: '63196',
      ppid: 7,
      pgid: 41,
      sid: 40,
      state: 'S',
      name,
    });
  });

  test.each(['cat', ') Z 1 1 1'])(
    'with the name "%s" tells what was used, and apart from that what dead children used',
    (name) => {
      expect(usageIn(stat(name))).toEqual({ startTicks: '63196', cpuTicks: 284, waitedTicks: 15, residentPages: 383 });
    },
  );

  test('cut short is nothing', () => {
    for (const line of ['', '42 (cat', '42 (cat) S 7 41']) expect(parseStat(line)).toBeUndefined();
  });

  test('a zombie whose other threads run is alive', () => {
    expect(parseStat(stat('threads', 'Z', 3))?.state).toBe('S');
    expect(parseStat(stat('zombie', 'Z', 1))?.state).toBe('Z');
  });
});

describe('what ps prints', () => {
  test('on Linux', () => {
    const output = '   4619  4618  4619  2618 Ss  Tue Nov 24 23:51:46 2026 tail -f x\n';
    expect(parsePs(output)).toEqual([
      { pid: 4619, startTicks: '1795564306', ppid: 4618, pgid: 4619, sid: 2618, state: 'S', name: 'tail -f x' },
    ]);
  });

  test('on macOS: a path for a name, an address for a session, days with one digit', () => {
    const output =
      '  501     1   501      0x0 R+   Sun Mar  1 09:00:00 2026     /Applications/Some App.app/Some App Helper\n';
    expect(parsePs(output)).toEqual([
      { pid: 501, startTicks: '1772355600', ppid: 1, pgid: 501, sid: 0, state: 'R', name: 'Some App Helper' },
    ]);
  });

  test('other lines are passed over', () => expect(parsePs('\n  PID TTY\nps: error\n')).toEqual([]));
});

describe('an environment block', () => {
  const block = (...entries: string[]) => Buffer.from(entries.map((entry) => `${entry}\0`).join(''));

  test('gives the variables with the prefix, wherever they stand', () => {
    const padding = `PADDING=${'x'.repeat(120_000)}`;
    expect(entriesWithPrefix(block('OUR_A=1', padding, 'OUR_B=a=b'), 'OUR_')).toEqual([
      ['OUR_A', '1'],
      ['OUR_B', 'a=b'],
    ]);
  });

  test('lookalikes are none', () => {
    expect(entriesWithPrefix(block('XOUR_A=1', 'X=OUR_A=1', 'our_a=1', 'OUR_A'), 'OUR_')).toEqual([]);
  });

  test('a last variable without its NUL counts, an empty block has none', () => {
    expect(entriesWithPrefix(Buffer.from('OUR_A=1'), 'OUR_')).toEqual([['OUR_A', '1']]);
    expect(entriesWithPrefix(Buffer.alloc(0), 'OUR_')).toEqual([]);
  });
});
