import pc from 'picocolors';
import { widthOf } from '../../../../src/cli/render/fit-text';
import { cpuShares } from '../../../../src/cli/watch/cpu-shares';
import { type WatchView, watchFrame } from '../../../../src/cli/watch/watch-frame';
import { watchedList } from '../../../../src/cli/watch/watched-list';
import type { ListOutcome } from '../../../../src/contract/outcomes';
import { NOW, plantedList } from './planted-list';

const plain = pc.createColors(false);
const GIB = 2 ** 30;

/** `build` burns, in a child; `render` hoards; `idle` has nothing. */
function lists(): [before: ListOutcome, now: ListOutcome] {
  const [since, memoryBytes] = [NOW - 3_600_000, 5 * 2 ** 20];
  const workflows = (burnt: number): Parameters<typeof plantedList>[0] => ({
    'build-42': [
      { pid: 4200101, name: 'sh', cpuMs: 10, memoryBytes, startedAt: since },
      { pid: 4200102, ppid: 4200101, name: 'cc1', cpuMs: 20, memoryBytes, startedAt: since },
      {
        pid: 4200103,
        ppid: 4200101,
        name: 'ld',
        cpuMs: burnt,
        memoryBytes: 2 * memoryBytes,
        startedAt: since + 60_000,
      },
    ],
    'render-7': [
      { pid: 4200300, ppid: 1, name: 'blender', state: 'D', cpuMs: 500, memoryBytes: 3 * GIB, startedAt: NOW },
    ],
    'idle-1': [],
  });
  return [plantedList(workflows(1_000), NOW - 2_000), plantedList(workflows(3_000))];
}

function viewOf(change: Partial<WatchView> = {}, [before, now] = lists()): WatchView {
  return { order: 'cpu', isPaused: false, offset: 0, list: watchedList(now, cpuShares(before, now), NOW), ...change };
}

function framed(view: WatchView, columns: number, rows = 14) {
  return watchFrame(view, { columns, rows }, plain);
}

const linesOf = (...args: Parameters<typeof framed>): string[] => framed(...args).lines;
/** The last word of each line of the list. */
const titles = (lines: string[]): string[] => lines.slice(2, -1).flatMap((line) => /\S+$/.exec(line)?.[0] ?? []);
const time = new Date(NOW).toTimeString().slice(0, 8);

/** As the screen shows it, whatever the time zone. */
function shownIn(columns: number): string[] {
  const planted = lists();
  for (const { hosts } of planted) hosts[0].hostId = 'host-a.example.internal';
  return linesOf(viewOf({}, planted), columns).map((line) => line.trimEnd().replace(time, 'hh:mm:ss'));
}

test('80 columns: no parents, workers or levels, and the host is cut', () => {
  expect(shownIn(80)).toMatchInlineSnapshot(`
   [
     "hh:mm:ss  CPU 100.0%  memory 3.0G  4 processes  3 attempts  1 worker  1 host",
     "    PID  S   %CPU    CPU  MEMORY  AGE  HOST      ATTEMPT AND PROCESSES",
     "            100.0  3.03s     20M   1m  host-a.…  build-42  #2 build (buildImage)",
     "4200101  S    0.0  0.01s    5.0M   1h            └─ sh",
     "4200103  S  100.0  3.00s     10M  59m               ├─ ld",
     "4200102  S    0.0  0.02s    5.0M   1h               └─ cc1",
     "                -      -       -   3m  host-a.…  idle-1  #2 build (buildImage)",
     "              0.0  0.50s    3.0G   2m  host-a.…  render-7  #2 build (buildImage)",
     "4200300  D    0.0  0.50s    3.0G  0ms            └─ blender",
     "",
     "",
     "",
     "",
     "q quit  c/m/a sort: CPU  space pause",
   ]
  `);
});

test('120 columns: all there is', () => {
  expect(shownIn(120)).toMatchInlineSnapshot(`
   [
     "hh:mm:ss  CPU 100.0%  memory 3.0G  4 processes  3 attempts  1 worker  1 host",
     "    PID     PPID  S   %CPU    CPU  MEMORY  AGE  HOST                     WORKER  LEVEL  ATTEMPT AND PROCESSES",
     "                     100.0  3.03s     20M   1m  host-a.example.internal      10  scan   build-42  #2 build (buildImage)",
     "4200101       10  S    0.0  0.01s    5.0M   1h                                          └─ sh",
     "4200103  4200101  S  100.0  3.00s     10M  59m                                             ├─ ld",
     "4200102  4200101  S    0.0  0.02s    5.0M   1h                                             └─ cc1",
     "                         -      -       -   3m  host-a.example.internal      10  scan   idle-1  #2 build (buildImage)",
     "                       0.0  0.50s    3.0G   2m  host-a.example.internal      10  scan   render-7  #2 build (buildImage)",
     "4200300        1  D    0.0  0.50s    3.0G  0ms                                          └─ blender",
     "",
     "",
     "",
     "",
     "q quit  c/m/a sort: CPU  space pause",
   ]
  `);
});

const long = lists();
for (const { hosts } of long) {
  hosts[0].hostId = 'a-host-with-a-long-name.eu-central-1.compute.internal';
  for (const { attempt, processes } of hosts[0].result!.attempts) {
    attempt.workflowId = `${attempt.workflowId}-${'構建映像'.repeat(12)}`;
    for (const each of processes) each.name = `${each.name}-建`;
  }
}

describe.each([1, 2, 7, 20, 40, 80, 81, 120, 200, 500])('in %i columns', (columns) => {
  test.each([1, 2, 3, 5, 14, 60])('and %i rows, nothing is wider or higher than the screen', (rows) => {
    const error = 'refresh failed: 構建映像'.repeat(20);
    for (const view of [viewOf(), viewOf({ error, isPaused: true }, long), viewOf({ list: undefined })]) {
      const lines = linesOf(view, columns, rows);
      expect(lines).toHaveLength(rows);
      expect(lines.filter((line) => widthOf(line) > columns)).toEqual([]);
    }
  });
});

test('200 columns show everything whole', () => {
  const [before, now] = lists();
  now.hosts[0].hostId = long[1].hosts[0].hostId;
  const lines = linesOf(viewOf({}, [before, now]), 200);
  expect(lines[1]).toMatch(/^ *PID +PPID +S +%CPU +CPU +MEMORY +AGE +HOST +WORKER +LEVEL +ATTEMPT AND PROCESSES *$/);
  expect(lines[2]).toContain(now.hosts[0].hostId);
  expect(lines.join('')).not.toContain('…');
});

test.each<[WatchView['order'], string[]]>([
  ['cpu', ['build-42', 'sh', 'ld', 'cc1', 'idle-1', 'render-7', 'blender']],
  ['memory', ['render-7', 'blender', 'build-42', 'sh', 'ld', 'cc1', 'idle-1']],
  ['age', ['idle-1', 'render-7', 'blender', 'build-42', 'sh', 'cc1', 'ld']],
])('sorted by %s: attempts, and siblings within each', (order, expected) => {
  const lines = linesOf(viewOf({ order }), 120).slice(2, -1);
  expect(lines.flatMap((line) => /[a-z]+-\d+(?= {2}#2)|\w+$/.exec(line)?.[0] ?? [])).toEqual(expected);
});

describe('more lines than rows', () => {
  const many = plantedList({ w: Array.from({ length: 50 }, (_, index) => ({ pid: 100 + index })) });
  const view = (offset: number) => viewOf({ offset }, [many, many]);

  test('the footer says how many are hidden', () => {
    const { lines, page } = framed(view(0), 80);
    expect(page).toBe(11);
    expect(lines.at(-1)).toBe('40 of 51 lines hidden, 0 above  j/k scroll  q quit  c/m/a sort: CPU  space pause');
    expect(titles(lines).slice(-1)).toEqual(['program-109']);
  });

  test.each([
    [10, 10, 'program-109'],
    [40, 40, 'program-139'],
    [9_999, 40, 'program-139'],
  ])('from line %i it shows from %i on', (offset, from, first) => {
    const { lines, offset: shown } = framed(view(offset), 80);
    expect(shown).toBe(from);
    expect(titles(lines)[0]).toBe(first);
  });

  test('a larger screen shows all', () => {
    const { lines, offset } = framed(view(40), 80, 60);
    expect(offset).toBe(0);
    expect(lines.join('\n')).not.toContain('hidden');
  });
});

test('what is not listed is said, below the attempt and in the header', () => {
  const [before, now] = lists();
  const [{ result }] = now.hosts;
  result!.attempts[2].omitted = 7;
  result!.omitted = { attempts: 2, processes: 9 };
  now.hosts.push({ hostId: 'host-b', workerPid: 20, status: 'unreachable', message: 'timeout\u001b[2J' });
  const text = linesOf(viewOf({}, [before, now]), 120).join('\n');
  expect(text).toContain('7 processes more, not listed');
  expect(text).toContain('unreachable: host host-b, worker 20: timeout?[2J');
  expect(text).toContain(
    'not listed, because the answer would be too long: 2 attempts, 16 processes; ask host by host',
  );
  expect(text).toContain('2 workers  2 hosts');
});

test('many remarks do not take the screen', () => {
  const [before, now] = lists();
  for (let pid = 20; pid < 60; pid++) now.hosts.push({ hostId: 'b', workerPid: pid, status: 'unreachable' });
  const lines = linesOf(viewOf({}, [before, now]), 120);
  expect(lines[2]).toBe('and 39 remarks more: see ps');
});

test('control characters of names and ids do not reach the terminal', () => {
  const list = plantedList({ 'w\u001b[2J': [{ pid: 1, name: 'a\r\nb', state: '\u0007' }] });
  const text = linesOf(viewOf({ error: 'x\u001by' }, [list, list]), 120).join('');
  expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(text).toContain('w?[2J');
});

test('says that it waits, that nothing runs, that it is paused, and why it failed', () => {
  const nothing: ListOutcome = { hosts: [] };
  expect(linesOf(viewOf({ list: undefined }), 80)[0]).toBe('Asking the hosts');
  expect(linesOf(viewOf({}, [nothing, nothing]), 80)[1]).toBe('No activity is running.');
  expect(linesOf(viewOf({ workflowId: 'w' }, [nothing, nothing]), 80)[1]).toBe('No activity of workflow w is running.');
  const [summary, error] = linesOf(viewOf({ isPaused: true, error: 'refresh failed: gone' }), 120);
  expect(summary).toBe(`PAUSED  ${time}  CPU 100.0%  memory 3.0G  4 processes  3 attempts  1 worker  1 host`);
  expect(error).toBe('refresh failed: gone');
});

test('an older worker tells nothing of what its processes use', () => {
  const list = plantedList({ w: [{ pid: 1 }] });
  expect(linesOf(viewOf({}, [list, list]), 120)[3]).toMatch(/^ *1 +10 +S +- +- +- +- +└─ program-1$/);
});
