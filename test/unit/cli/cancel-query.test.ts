import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT_CODE, worstOf } from '../../../src/cli/exit-codes';
import { mapBounded } from '../../../src/cli/map-bounded';
import { ReaperError } from '../../../src/contract/errors';
import { fakeCli, type FakeCli } from './fake-cli';
import { cancelPreview, killOutcome } from './outcomes';

const named = (workflowId: string) => ({ workflowId, runId: `run-${workflowId}`, workflowType: 'build' });

/** Answers the selection with these ids, and then each of them in turn. */
function selecting(answers: Record<string, unknown>, onAnswer: (cli: FakeCli) => void = () => undefined): FakeCli {
  const cli: FakeCli = fakeCli(() => {
    const [method, options] = cli.calls[cli.calls.length - 1] as [string, { workflowId: string }];
    if (method === 'selectWorkflows') return Object.keys(answers).map(named);
    onAnswer(cli);
    const answer = answers[options.workflowId];
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return cli;
}

const QUERY = ['cancel', '--query', 'q'];
const closed = new ReaperError('TARGET_CLOSED', 'it is closed');

test('each is cancelled by the run that was listed, as one would be', async () => {
  const cli = selecting({ a: killOutcome(), b: killOutcome() });
  expect(await cli.run(...QUERY, '--yes', '--reason', 'why', '--grace', '5s')).toBe(0);
  const options = { reason: 'why', escalation: { graceMs: '5s' } };
  expect(cli.calls).toEqual([
    ['selectWorkflows', { query: 'q' }],
    ['cancelWorkflow', { workflowId: 'a', runId: 'run-a', ...options }],
    ['cancelWorkflow', { workflowId: 'b', runId: 'run-b', ...options }],
  ]);
  expect(cli.stderr.text).toMatch(/^WORKFLOW +RUN +TYPE\na +run-a +build\nb +run-b +build\n/);
  expect(cli.closed).toBe(1);
});

test('one line for each, a summary, and the worst exit code; a failure stops no other', async () => {
  const cli = selecting({ a: closed, b: killOutcome({ unguarded: ['ship'] }), c: killOutcome() });
  expect(await cli.run(...QUERY, '-y')).toBe(1);
  expect(cli.stdout.text.split('\n')).toEqual([
    'failed a (run run-a): error (TARGET_CLOSED): it is closed',
    'incomplete b (run run-b): CANCELED; 1 process dead; unguarded (its worker runs no temporal-reaper): ship',
    'done c (run run-c): CANCELED; 1 process dead',
    '3 workflows: 1 failed, 1 incomplete, 1 done.',
    '',
  ]);
});

test('-o json prints one document, and nothing else', async () => {
  const cli = selecting({ a: killOutcome(), b: closed });
  expect(await cli.run(...QUERY, '-y', '-o', 'json')).toBe(1);
  expect(JSON.parse(cli.stdout.text)).toMatchObject({
    query: 'q',
    workflows: [
      { workflowId: 'a', runId: 'run-a', exitCode: 0, outcome: { cancel: 'cancel' } },
      { workflowId: 'b', exitCode: 1, error: { code: 'TARGET_CLOSED', message: 'it is closed' } },
    ],
  });
  expect(cli.stderr.text).toBe('');
});

test('a dry run asks nothing, and looks at each', async () => {
  const cli = selecting({ a: cancelPreview(), b: closed });
  expect(await cli.run(...QUERY, '--dry-run')).toBe(1);
  expect(cli.calls.map(([method]) => method)).toEqual(['selectWorkflows', 'previewCancel', 'previewCancel']);
  expect(cli.stdout.text).toContain('Would cancel workflow order-42');
  expect(cli.stdout.text).toMatch(
    /failed b \(run run-b\): error \(TARGET_CLOSED\).*\n\n2 workflows: 1 done, 1 failed\.\n$/,
  );
});

// A SIGHUP also says that the reader of the output is gone, as with `| head`.
test.each(['SIGINT', 'SIGHUP'])('%s begins no more', async (signal) => {
  const ids = Array.from({ length: 20 }, (_, index) => `w${index}`);
  const cli = selecting(Object.fromEntries(ids.map((id) => [id, killOutcome()])), ({ signals, calls }) => {
    if (calls.length === 4) signals.emit(signal);
  });
  expect(await cli.run(...QUERY, '--yes')).toBe(130);
  expect(cli.calls.filter(([method]) => method === 'cancelWorkflow').length).toBeLessThan(10);
  expect(cli.stdout.text).toMatch(/not begun w19 .*\n20 workflows: \d done, \d+ not begun\.\n$/s);
});

test('Ctrl-C while it lists ends it, and nothing is killed', async () => {
  const cli = fakeCli(async () => {
    await sleep(10);
    cli.signals.emit('SIGINT');
    return [named('a')];
  });
  expect(await cli.run(...QUERY, '--yes')).toBe(130);
  await sleep(20); // the list has come
  expect(cli.calls.map(([method]) => method)).toEqual(['selectWorkflows']);
  expect(cli.stderr.text).toBe('Nothing was killed.\n');
});

test.each([['n\n'], ['']])('the answer %j kills nothing', async (answer) => {
  const cli = selecting({ a: killOutcome() });
  cli.stdin.isTTY = cli.stderr.isTTY = true;
  cli.stdin.end(answer);
  expect(await cli.run(...QUERY)).toBe(1);
  expect(cli.calls.map(([method]) => method)).toEqual(['selectWorkflows']);
  expect(cli.stderr.text).toContain('Nothing was killed.');
});

test('the worst exit code', () => {
  const { done, incomplete, refused, unreachable, interrupted } = EXIT_CODE;
  expect(worstOf([])).toBe(done);
  expect(worstOf([done, incomplete, done])).toBe(incomplete);
  expect(worstOf([incomplete, refused])).toBe(refused);
  expect(worstOf([unreachable, refused])).toBe(unreachable);
  expect(worstOf([interrupted, unreachable])).toBe(interrupted);
});

test('work is bounded, and its results are in order', async () => {
  let underWay = 0;
  let most = 0;
  const results = await mapBounded([5, 1, 3, 2, 4], 2, async (ms) => {
    most = Math.max(most, ++underWay);
    await sleep(ms);
    underWay--;
    return ms * 2;
  });
  expect(results).toEqual([10, 2, 6, 4, 8]);
  expect(most).toBe(2);
});
