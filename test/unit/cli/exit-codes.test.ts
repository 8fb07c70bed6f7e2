import { EXIT, exitCodeOfError, exitCodeOfHosts, exitCodeOfKill, exitCodeOfList } from '../../../src/cli/exit-codes';
import { UsageError } from '../../../src/cli/usage-error';
import { ERROR_CODES, type ErrorCode, ReaperError } from '../../../src/contract/errors';
import { hostKill, killOutcome, listOutcome, processFate, unreachable } from './outcomes';

const special: Partial<Record<ErrorCode, number>> = { OPTION_INVALID: 2, HOST_ID_INVALID: 2, SERVER_UNREACHABLE: 3 };

test.each(ERROR_CODES.map((code) => [code, special[code] ?? 1] as const))('%s exits %i', (code, exit) => {
  expect(exitCodeOfError(new ReaperError(code, 'why'))).toBe(exit);
});

test('other errors', () => {
  expect(exitCodeOfError(new UsageError('no'))).toBe(2);
  expect(exitCodeOfError(new Error('denied'))).toBe(1);
});

const kills: [string, Parameters<typeof killOutcome>[0], number][] = [
  ['everything dead', {}, EXIT.done],
  ['nothing to kill', { hosts: [] }, EXIT.done],
  ['killed by SIGKILL', { hosts: [hostKill(processFate(1, 'a', 'killed'))] }, EXIT.done],
  ['closed meanwhile', { cancel: 'none', cancelError: 'closed meanwhile', status: 'COMPLETED' }, EXIT.done],
  ['a survivor', { hosts: [hostKill(processFate(1, 'a', 'survived'))] }, EXIT.incomplete],
  ['a denied process', { hosts: [hostKill(processFate(1, 'a', 'denied'))] }, EXIT.incomplete],
  ['an unreachable host', { hosts: [unreachable] }, EXIT.incomplete],
  ['an unguarded activity', { unguarded: ['ship'] }, EXIT.incomplete],
  ['a degraded cancel', { degraded: 'no worker' }, EXIT.incomplete],
  ['a refused cancel', { cancel: 'none', cancelError: 'denied', status: 'RUNNING' }, EXIT.refused],
  ['a refused cancel, status unknown', { cancel: 'none', cancelError: 'denied', status: undefined }, EXIT.refused],
];

test.each(kills)('%s', (_what, more, exit) => {
  expect(exitCodeOfKill(killOutcome(more))).toBe(exit);
});

test('lists', () => {
  expect(exitCodeOfList(listOutcome())).toBe(0);
  expect(exitCodeOfList({ hosts: [unreachable] })).toBe(4);
  expect(exitCodeOfHosts([])).toBe(0);
  expect(exitCodeOfHosts([{ hostId: 'a', workers: [{ workerPid: 1, status: 'failed' }] }])).toBe(4);
});
