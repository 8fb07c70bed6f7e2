import {
  EXIT_CODE,
  exitCodeOfError,
  exitCodeOfHosts,
  exitCodeOfKill,
  exitCodeOfList,
} from '../../../src/cli/exit-codes';
import { UsageError } from '../../../src/cli/usage-error';
import { ERROR_CODES, type ErrorCode, ReaperError } from '../../../src/contract/errors';
import { hostKill, killOutcome, listOutcome, processFate, unreachable } from './outcomes';

const special: Partial<Record<ErrorCode, number>> = {
  OPTION_INVALID: 2,
  QUERY_INVALID: 2,
  HOST_ID_INVALID: 2,
  SERVER_UNREACHABLE: 3,
};

test.each(ERROR_CODES.map((code) => [code, special[code] ?? 1] as const))('%s exits %i', (code, exit) => {
  expect(exitCodeOfError(new ReaperError(code, 'why'))).toBe(exit);
});

test('other errors', () => {
  expect(exitCodeOfError(new UsageError('no'))).toBe(2);
  expect(exitCodeOfError(new Error('denied'))).toBe(1);
});

const kills: [string, Parameters<typeof killOutcome>[0], number][] = [
  ['everything dead', {}, EXIT_CODE.done],
  ['nothing to kill', { hosts: [] }, EXIT_CODE.done],
  ['killed by SIGKILL', { hosts: [hostKill(processFate(1, 'a', 'killed'))] }, EXIT_CODE.done],
  ['closed meanwhile', { cancel: 'none', cancelError: 'closed meanwhile', status: 'COMPLETED' }, EXIT_CODE.done],
  ['a survivor', { hosts: [hostKill(processFate(1, 'a', 'survived'))] }, EXIT_CODE.incomplete],
  ['a denied process', { hosts: [hostKill(processFate(1, 'a', 'denied'))] }, EXIT_CODE.incomplete],
  ['an unreachable host', { hosts: [unreachable] }, EXIT_CODE.incomplete],
  ['an unguarded activity', { unguarded: ['ship'] }, EXIT_CODE.incomplete],
  ['a degraded cancel', { degraded: 'no worker' }, EXIT_CODE.incomplete],
  ['a refused cancel', { cancel: 'none', cancelError: 'denied', status: 'RUNNING' }, EXIT_CODE.refused],
  ['a refused cancel, status unknown', { cancel: 'none', cancelError: 'denied', status: undefined }, EXIT_CODE.refused],
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
