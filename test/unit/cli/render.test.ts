import pc from 'picocolors';
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
  expect(renderProcesses(listOutcome(), plain, 120_000)).toBe(
    text(
      'HOST    WORKER  WORKFLOW  ACTIVITY            ATTEMPT  PID  STATE    NAME      AGE',
      'host-a  10      order-42  build (buildImage)  2        101  S        sh        2m',
      'host-a  10      order-42  build (buildImage)  2        102  S        evil?[2J  2m',
      'host-a  10      order-42  idle                2        -    closing  -         2m',
    ),
  );
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
  expect(renderProcesses({ hosts: [] }, plain, 0)).toBe('No activity is running.');
  expect(renderHosts([], plain)).toBe('No worker with temporal-reaper is polling.');
});
