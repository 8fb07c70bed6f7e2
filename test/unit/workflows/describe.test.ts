import type { CancelOutcome, HostOutcome } from '../../../src/contract/outcomes';
import type { KillResult } from '../../../src/contract/host-requests';
import { describeHosts, describeOutcome, describeWait } from '../../../src/workflows/describe';

const worker = { hostId: 'host-a', workerPid: 7 };
const answered: HostOutcome<KillResult> = { ...worker, status: 'answered', result: { ...worker, kills: [] } };
const silent: HostOutcome<KillResult> = { ...worker, status: 'unreachable', message: 'nobody took it' };

function outcome(parts: Partial<CancelOutcome>): CancelOutcome {
  return { cancel: 'cancel', hosts: [], unguarded: [], unreached: [], requestedAt: 0, ...parts };
}

test('one line for each worker', () => {
  expect(describeHosts([answered, silent])).toBe(
    '- **host-a** (worker 7): 0 dead, 0 alive\n- **host-a** (worker 7): unreachable: nobody took it',
  );
});

test('says when there was nothing to kill', () => {
  expect(describeHosts([])).toBe('- no host had anything to kill');
  expect(describeOutcome(outcome({}))).toBe('- no host had anything to kill');
});

test('names what needs attention, and then does not say that there was nothing to kill', () => {
  const text = describeOutcome(outcome({ unguarded: ['1', '2'], unreached: ['3'], cancelError: 'refused' }));
  expect(text.split('\n')).toEqual([
    '- **error**: refused',
    '- **unguarded (its worker runs no temporal-reaper)**: 1, 2',
    '- **the cancel did not reach**: 3',
  ]);
});

test('a long list is cut', () => {
  const text = describeOutcome(outcome({ hosts: [answered], unguarded: Array<string>(5_000).fill('activity') }));
  expect(text.length).toBeLessThan(700);
});

test('while it waits, each host is named once', () => {
  expect(describeWait(['host-b', undefined, 'host-a', 'host-b'])).toBe(
    '- waiting for **host-b**\n- waiting for **host-a**',
  );
  const many = describeWait(Array.from({ length: 150 }, (_, index) => `host-${index}`));
  expect(many.split('\n').slice(-1)).toEqual(['- and for 50 hosts more']);
});
