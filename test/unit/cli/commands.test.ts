import { ReaperError } from '../../../src/contract/errors';
import { fakeCli } from './fake-cli';
import { cancelPreview, killOutcome, listOutcome } from './outcomes';

const none = { workflowId: 'w', runId: undefined, reason: undefined, escalation: undefined };
const requests: [string[], string, object][] = [
  [['cancel', '-w', 'w'], 'cancelWorkflow', none],
  [['cancel', '-w', 'w', '-r', 'r', '--reason', 'why'], 'cancelWorkflow', { ...none, runId: 'r', reason: 'why' }],
  [['cancel', '-w', 'w', '-a', 'a'], 'cancelActivity', { ...none, activityId: 'a' }],
  [['terminate', '-w', 'w', '--signal', 'kill'], 'terminateWorkflow', { ...none, escalation: { signal: 'SIGKILL' } }],
  [
    ['cancel', '-w', 'w', '--signal', 'SIGINT', '--grace', '5s', '--settle', '500'],
    'cancelWorkflow',
    { ...none, escalation: { signal: 'SIGINT', graceMs: '5s', settleMs: '500' } },
  ],
  [
    ['kill-all', '--yes', '--host', 'a', '--host', 'b', '--retry'],
    'killAll',
    { hostIds: ['a', 'b'], retry: true, reason: undefined, escalation: undefined },
  ],
];

test.each(requests)('%j asks for %s', async (argv, method, options) => {
  const cli = fakeCli(killOutcome());
  expect(await cli.run(...argv)).toBe(0);
  expect(cli.calls).toEqual([[method, options]]);
  expect(cli.closed).toBe(1);
});

test.each([
  ['ps', 'listProcesses', listOutcome()],
  ['hosts', 'listHosts', []],
])('%s asks for the hosts named', async (command, method, answer) => {
  const cli = fakeCli(answer);
  expect(await cli.run(command, '--host', 'a')).toBe(0);
  expect(cli.calls).toEqual([[method, { hostIds: ['a'] }]]);
});

test.each([
  [[], undefined],
  [['-a', 'a', '--reason', 'why', '--grace', '5s'], 'a'],
])('cancel --dry-run %j only looks', async (more, activityId) => {
  const cli = fakeCli(cancelPreview());
  expect(await cli.run('cancel', '-w', 'w', '--dry-run', ...more)).toBe(0);
  expect(cli.calls).toEqual([['previewCancel', { workflowId: 'w', runId: undefined, activityId }]]);
  expect(cli.stdout.text).toContain('Nothing was killed or cancelled.');
});

test('ps -w lists one workflow', async () => {
  const cli = fakeCli(listOutcome());
  expect(await cli.run('ps', '-w', 'order-42', '-o', 'json')).toBe(0);
  expect(JSON.parse(cli.stdout.text)).toEqual(listOutcome());
  const other = fakeCli(listOutcome());
  expect(await other.run('ps', '--workflow-id', 'order-43')).toBe(0);
  expect(other.stdout.text).toBe('No activity of workflow order-43 is running.\n');
});

test('-o json prints the outcome itself and nothing else', async () => {
  const outcome = killOutcome({ unguarded: ['ship'] });
  const cli = fakeCli(outcome);
  expect(await cli.run('cancel', '-w', 'order-42', '-o', 'json')).toBe(4);
  expect(JSON.parse(cli.stdout.text)).toEqual(JSON.parse(JSON.stringify(outcome)));
  expect(cli.stderr.text).toBe('');
});

function failing(error: Error) {
  return fakeCli(() => {
    throw error;
  });
}

test('-o json prints an error to stderr', async () => {
  const cli = failing(new ReaperError('TARGET_NOT_FOUND', 'no such workflow'));
  expect(await cli.run('cancel', '-w', 'x', '-o', 'json')).toBe(1);
  expect(cli.stdout.text).toBe('');
  expect(JSON.parse(cli.stderr.text)).toEqual({ error: { code: 'TARGET_NOT_FOUND', message: 'no such workflow' } });
  expect(cli.closed).toBe(1);
});

test('text names the code of an error, and cannot move the cursor', async () => {
  const cli = failing(new ReaperError('SERVER_UNREACHABLE', 'gone\u001b[2J'));
  expect(await cli.run('ps')).toBe(3);
  expect(cli.stderr.text).toBe('error (SERVER_UNREACHABLE): gone?[2J\n');
});

test('an error of Temporal keeps its cause in the message', async () => {
  const cli = failing(new Error('Failed to start Workflow', { cause: new Error('7 PERMISSION_DENIED') }));
  expect(await cli.run('cancel', '-w', 'x')).toBe(1);
  expect(cli.stderr.text).toContain('Failed to start Workflow: 7 PERMISSION_DENIED');
});

test.each([
  ['on a terminal', {}, [], true],
  ['with --no-color', {}, ['--no-color'], false],
  ['with NO_COLOR', { NO_COLOR: '1' }, [], false],
])('colour %s', async (_what, env, flags, isColoured) => {
  const cli = Object.assign(fakeCli(killOutcome()), { env });
  cli.stdout.isTTY = true;
  await cli.run('cancel', '-w', 'x', ...flags);
  expect(cli.stdout.text.includes('\u001b[')).toBe(isColoured);
});

test('no colour into a pipe', async () => {
  const cli = fakeCli(killOutcome());
  await cli.run('cancel', '-w', 'x');
  expect(cli.stdout.text).not.toContain('\u001b[');
});
