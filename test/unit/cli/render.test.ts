import pc from 'picocolors';
import { onlyWorkflow } from '../../../src/cli/only-workflow';
import { formatAge, formatBytes, formatCpuTime, formatPercent } from '../../../src/cli/render/amounts';
import { renderHosts } from '../../../src/cli/render/hosts';
import { renderKill } from '../../../src/cli/render/kill';
import { renderProcesses } from '../../../src/cli/render/processes';
import { summariseHosts } from '../../../src/client/host-summary';
import { hostKill, killOutcome, listOutcome, processFate, unreachable } from './outcomes';

const plain = pc.createColors(false);
const text = (...lines: string[]) => lines.join('\n');

test('a kill: headline, summary, a line for each process, notes', () => {
  const hosts = [
    hostKill(processFate(101, 'ffmpeg', 'exited'), processFate(7, 'a b', 'killed'), processFate(9, 'nfs', 'survived')),
    unreachable,
  ];
  const outcome = killOutcome({ hosts, unguarded: ['ship'], unreached: ['cleanup'], status: 'RUNNING' });
  expect(renderKill(outcome, plain)).toBe(
    text(
      'Requested the cancel of workflow order-42 (run run-1); the workflow is RUNNING.',
      '3 processes: 1 exited, 1 killed, 1 survived. Containment: scan (proof: scan).',
      '',
      'HOST    ACTIVITY  PID  NAME    FATE          SIGNAL   AFTER',
      'host-a  build#2   101  ffmpeg  exited        SIGTERM  52 ms',
      'host-a  build#2   7    a b     killed        SIGKILL  52 ms',
      'host-a  build#2   9    nfs     survived (D)  SIGKILL  -',
      '',
      'unreachable: host host-b, worker 20: activity ScheduleToStart timeout',
      'unguarded (its worker runs no temporal-reaper): ship',
      'the cancel did not reach: cleanup',
    ),
  );
});

test('a degraded cancel claims nothing about processes', () => {
  expect(renderKill(killOutcome({ hosts: [], degraded: 'No worker', status: 'RUNNING' }), plain)).toBe(
    text('Requested the cancel of workflow order-42 (run run-1); the workflow is RUNNING.', '', 'degraded: No worker'),
  );
});

test.each([
  [{ cancel: 'terminate', status: 'TERMINATED' }, /^Terminated workflow order-42 .*; the workflow is TERMINATED\./],
  [{ cancel: 'fail-activity', activityId: 'build' }, /^Cancelled activity build of workflow order-42/],
  [{ cancel: 'none', cancelError: 'denied' }, /^Did not cancel workflow order-42[^]*cancel: denied/],
  [{ cancel: 'none', workflowId: undefined }, /^Killed everything on 1 worker\./],
  [{ hosts: [] }, /No process was running\./],
] as const)('%j', (more, expected) => {
  expect(renderKill(killOutcome(more as never), plain)).toMatch(expected);
});

test('processes: a line each, and one for an attempt without any; no control characters', () => {
  expect(renderProcesses(listOutcome(), plain, { now: 120_000 })).toBe(
    text(
      'HOST    WORKER  LEVEL  WORKFLOW  ACTIVITY            ATTEMPT  OPEN  PID  PPID  STATE    CPU    MEMORY  AGE  NAME',
      'host-a  10      scan   order-42  build (buildImage)  2        2m    101  10    S        1.50s  3.0M    1m   sh',
      'host-a  10      scan   order-42  build (buildImage)  2        2m    102  101   S        -      -       -    evil?[2J',
      'host-a  10      scan   order-42  idle                2        2m    -    -     closing  -      -       -    -',
    ),
  );
});

test('processes of one workflow: what is left out may be of any', () => {
  const list = listOutcome();
  const [{ result }] = list.hosts;
  result!.omitted = { attempts: 3, processes: 40 };
  result!.attempts[0].omitted = 2;
  const note = 'not listed, because the answer would be too long: 3 attempts, ';
  const rest = ', of any workflow; ask host by host, with --host';
  const of = (workflowId: string) =>
    renderProcesses(onlyWorkflow(list, workflowId), plain, { now: 120_000, workflowId }).split('\n');
  expect(of('order-42')).toHaveLength(6);
  expect(of('order-42').at(-1)).toBe(`${note}42 processes${rest}`);
  expect(of('other\n')).toEqual(['No activity of workflow other? is running.', '', `${note}40 processes${rest}`]);
});

describe('amounts', () => {
  test.each([
    [0, '0B'],
    [999, '999B'],
    [1000, '1.0K'],
    [1536, '1.5K'],
    [10_189, '10K'],
    [1024 ** 2 * 999, '999M'],
    [1024 ** 3 * 12.4, '12G'],
    [1024 ** 5 * 3, '3072T'],
  ])('%d bytes', (bytes, shown) => expect(formatBytes(bytes)).toBe(shown));

  test.each([
    [0, '0.00s'],
    [59_990, '59.99s'],
    [59_999, '1m00s'],
    [725_000, '12m05s'],
    [11_220_000, '3h07m'],
    [1_051_200_000, '12d4h'],
  ])('%d ms of CPU time', (cpuMs, shown) => expect(formatCpuTime(cpuMs)).toBe(shown));

  test.each([
    [0, '0.0'],
    [99.94, '99.9'],
    [999.96, '1000'],
    [6400, '6400'],
  ])('%d percent', (percent, shown) => expect(formatPercent(percent)).toBe(shown));

  test('an age is never negative', () => expect(formatAge(2000, 1000)).toBe('0ms'));
});

test('hosts: a line for each worker, and why a level is not higher', () => {
  const hosts = summariseHosts({ hosts: [...listOutcome().hosts, unreachable] });
  expect(renderHosts(hosts, plain)).toBe(
    text(
      'HOST    WORKER  LEVEL        FORM    VERSION  ATTEMPTS  PROCESSES',
      'host-a  10      scan         thread  1.2.3    2         2',
      'host-b  20      unreachable  -       -        -         -',
      '',
      'unreachable: host host-b, worker 20: activity ScheduleToStart timeout',
      'level scan on host host-a: there is no native part',
    ),
  );
});

test('empty lists say so', () => {
  expect(renderProcesses({ hosts: [] }, plain, { now: 0 })).toBe('No activity is running.');
  expect(renderHosts([], plain)).toBe('No worker with temporal-reaper is polling.');
});
