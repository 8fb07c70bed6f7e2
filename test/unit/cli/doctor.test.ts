import pc from 'picocolors';
import type { DoctorCheck } from '../../../src/cli/doctor/check';
import { judgeFacts } from '../../../src/cli/doctor/judge';
import type { LocalFacts } from '../../../src/cli/doctor/look-here';
import { exitCodeOfDoctor } from '../../../src/cli/exit-codes';
import { renderDoctor } from '../../../src/cli/render/doctor';
import type { ServerFacts } from '../../../src/client/examine';
import type { ListResult } from '../../../src/contract/host-requests';
import type { HostOutcome } from '../../../src/contract/outcomes';
import { unreachable } from './outcomes';

const version = '1.2.3';
const here: LocalFacts = {
  hostId: 'laptop',
  user: '1000 (ann)',
  seesAll: false,
  level: 'cgroup',
  reason: '',
  orphans: [],
};

function answer(more: Partial<ListResult> = {}): HostOutcome<ListResult> {
  const result: ListResult = {
    hostId: 'host-a',
    workerPid: 10,
    level: 'subreaper',
    levelReason: 'cgroup: read-only',
    origin: { bootId: 'boot-1', pidNamespace: '' },
    guardian: 'running',
    form: 'thread',
    version,
    attempts: [],
    ...more,
  };
  return { hostId: result.hostId, workerPid: result.workerPid, status: 'answered', result };
}

function server(hosts: HostOutcome<ListResult>[] = [answer()], more: Partial<ServerFacts> = {}): ServerFacts {
  return {
    address: 'temporal:7233',
    namespace: 'shop',
    version: '1.32.0',
    pushes: false,
    control: { workflow: ['10@host-a'], activity: ['10@host-a'] },
    queues: [
      { taskQueue: 'temporal-reaper/host-a', pollers: 1 },
      { taskQueue: 'temporal-reaper/host-a/10', pollers: 1 },
    ],
    lists: [{ hosts }, { hosts }],
    ...more,
  };
}

const told = ({ check, status, subject }: DoctorCheck): string => [status, check, subject].filter(Boolean).join(' ');

function troubles(facts: ServerFacts, local: LocalFacts = here): string[] {
  return judgeFacts({ version, server: facts, here: local })
    .checks.filter(({ status }) => status !== 'ok')
    .map(told);
}

test('all is well: every check says so', () => {
  const report = judgeFacts({ version, server: server(), here });
  expect(report.status).toBe('ok');
  expect(report.checks.map(told)).toEqual([
    'ok server',
    'ok namespace shop',
    'ok server push',
    'ok control task queue',
    'ok task queues',
    'ok workers',
    'ok versions',
    'ok host ids',
    'ok containment host-a',
    'ok form',
    'ok guardian',
    'ok containment here laptop',
    'ok orphans here laptop',
  ]);
  expect(exitCodeOfDoctor(report)).toBe(0);
});

test('a worker of an older version, which tells neither origin nor guardian, is no trouble for it', () => {
  expect(troubles(server([answer({ origin: undefined, guardian: undefined })]))).toEqual([]);
});

const problem = { code: 'PERMISSION_DENIED', message: 'the server refuses' } as const;
const clash = [answer(), answer({ workerPid: 11, origin: { bootId: 'boot-2', pidNamespace: '' } })];
const cases: [string, ServerFacts, string[]][] = [
  ['the server refuses', { namespace: 'shop', lists: [], problem }, ['fail server']],
  [
    'no namespace',
    { namespace: 'shop', version: '1', lists: [], problem: { code: 'NAMESPACE_NOT_FOUND', message: 'no' } },
    ['fail namespace shop'],
  ],
  [
    'no control worker',
    server([answer()], { control: { workflow: [], activity: ['x'] } }),
    ['fail control task queue'],
  ],
  [
    'no worker at all',
    server([], { control: { workflow: [], activity: [] }, queues: [] }),
    ['fail control task queue', 'fail workers'],
  ],
  [
    'a task queue without pollers',
    server([answer()], { queues: [{ taskQueue: 'temporal-reaper/host-a', pollers: 0 }] }),
    ['fail task queues temporal-reaper/host-a'],
  ],
  [
    'nobody to ask',
    server([], { lists: [], listProblem: { code: 'CONTROL_UNSERVED', message: 'unserved' } }),
    ['fail workers'],
  ],
  ['a worker that is silent', server([answer(), unreachable]), ['fail workers host-b/20']],
  [
    'a worker that is silent at the second question',
    server([], { lists: [{ hosts: [answer()] }, { hosts: [{ ...answer(), status: 'failed', result: undefined }] }] }),
    ['fail workers host-a/10'],
  ],
  ['another version', server([answer({ version: '1.0.0' })]), ['warn versions host-a/10']],
  ['two machines with one host id', server(clash), ['fail host ids host-a']],
  [
    'two containers with one host id and one pid: the second question tells',
    server([], {
      lists: [
        { hosts: [answer({ origin: { bootId: 'b', pidNamespace: '1' } })] },
        { hosts: [answer({ origin: { bootId: 'b', pidNamespace: '2' } })] },
      ],
    }),
    ['fail host ids host-a'],
  ],
  ['two workers of one host', server([answer(), answer({ workerPid: 11 })]), []],
  [
    'scan, on two workers of one host',
    server([answer({ level: 'scan' }), answer({ level: 'scan', workerPid: 11 })]),
    ['warn containment host-a'],
  ],
  ['basic', server([answer({ level: 'basic', levelReason: 'asked for' })]), ['fail containment host-a']],
  ['inline', server([answer({ form: 'inline' })]), ['warn form host-a/10']],
  ['no guardian', server([answer({ guardian: 'off' })]), ['warn guardian host-a/10']],
  ['a guardian that died', server([answer({ guardian: 'gone' })]), ['fail guardian host-a/10']],
];

test.each(cases)('%s', (_what, facts, expected) => {
  expect(troubles(facts)).toEqual(expected);
  const exit = expected.some((each) => each.startsWith('fail')) ? 1 : 0;
  expect(exitCodeOfDoctor(judgeFacts({ version, server: facts, here }))).toBe(exit);
});

test('no server: exit 3, and this host is looked at all the same', () => {
  const away = { code: 'SERVER_UNREACHABLE', message: 'no answer' } as const;
  const report = judgeFacts({ version, server: { namespace: 'shop', lists: [], problem: away }, here });
  expect(report.checks.map(told)).toEqual(['fail server', 'ok containment here laptop', 'ok orphans here laptop']);
  expect(exitCodeOfDoctor(report)).toBe(3);
});

test('this host: a low level is a failure where workers run, orphans are one everywhere', () => {
  const low: LocalFacts = { ...here, level: 'basic', reason: 'darwin has no /proc', orphans: undefined };
  expect(troubles(server(), low)).toEqual(['warn containment here laptop', 'warn orphans here laptop']);
  expect(troubles(server(), { ...low, hostId: 'host-a' })).toContain('fail containment here host-a');
  expect(judgeFacts({ version, here: low }).status).toBe('fail');
  const left = judgeFacts({ version, here: { ...here, orphans: [{ workerPid: 7, pid: 8, name: 'ffmpeg' }] } });
  expect(left.checks.at(-1)).toMatchObject({ status: 'fail', found: expect.stringContaining('8 ffmpeg') as string });
});

test('the remedy of a level is the worker’s own, where it has one', () => {
  const remedyOf = (more: Partial<ListResult>): string | undefined =>
    judgeFacts({ version, server: server([answer({ level: 'scan', ...more })]), here }).checks.find(
      ({ check }) => check === 'containment',
    )?.remedy;
  expect(remedyOf({ levelRemedy: 'for subreaper: Build it' })).toBe('for subreaper: Build it');
  expect(remedyOf({ levelRemedy: '' })).toMatch(/docs\/containment\.md/);
});

test('text: a line for each check, a verdict, and what to do; no control characters', () => {
  const evil: LocalFacts = { ...here, orphans: [{ workerPid: 7, pid: 8, name: 'evil\u001b[2J' }] };
  expect(renderDoctor(judgeFacts({ version, here: evil }), pc.createColors(false))).toBe(
    [
      'STATUS  CHECK             ABOUT   FOUND',
      'ok      containment here  laptop  a worker of user 1000 (ann) gets cgroup',
      'fail    orphans here      laptop  1 process without a worker: 8 evil?[2J (of worker 7)',
      '',
      'A guarantee is not met.',
      '',
      'orphans here (laptop): Run temporal-reaper sweep here, as the user of the workers',
    ].join('\n'),
  );
});
