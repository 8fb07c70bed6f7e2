import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createHostActivities, type HostActivities } from '../../../src/activities/host-activities';
import type { AttemptRef } from '../../../src/contract/attempt-ref';
import { nothingKilled } from '../../../src/contract/kill-report';
import type { LedgerEntry } from '../../../src/tracking/ledger-entry';
import { waitUntil } from '../../helpers/wait-until';

/** What a user of the namespace can send to a host, whatever the types say. */
const ref: AttemptRef = { namespace: 'shop', workflowId: 'w', runId: 'r', activityId: 'a', attempt: 1 };
const report = nothingKilled({ level: 'scan', proof: 'scan' });

function host() {
  const openGates = jest.fn(async (..._args: unknown[]) => undefined);
  const port = {
    hostId: 'host-a',
    workerPid: 10,
    namespace: 'shop',
    entries: jest.fn<LedgerEntry[], []>(() => []),
    find: jest.fn(() => undefined),
    killEntry: jest.fn(async () => report),
    killAbsent: jest.fn(async (..._args: unknown[]) => report),
    killEarlier: jest.fn(async (..._args: unknown[]) => []),
    reportsOf: jest.fn(() => []),
    describe: jest.fn(),
    findProcesses: jest.fn(),
  };
  const activities = createHostActivities(port, openGates);
  const call = (name: keyof HostActivities, request: unknown): Promise<unknown> =>
    new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(
      activities[name] as (request: unknown) => Promise<unknown>,
      request,
    );
  const touched = (): unknown[] =>
    Object.values(port).filter((each) => jest.isMockFunction(each) && each.mock.calls.length);
  return { port, call, touched, openGates };
}

const noAttempts: [string, unknown][] = [
  ['a pid', { pid: 4711 }],
  ['a number', 4711],
  ['null', null],
  ['text', 'w/a#1'],
  ['no attempt number', { ...ref, attempt: undefined }],
  ['attempt 0', { ...ref, attempt: 0 }],
  ['half an attempt', { ...ref, attempt: 1.5 }],
  ['an attempt in text', { ...ref, attempt: '1' }],
  ['no run id', { ...ref, runId: '' }],
  ['no activity id', { ...ref, activityId: '' }],
  ['a workflow id that is a list', { ...ref, workflowId: ['w'] }],
  ['an id without end', { ...ref, activityId: 'a'.repeat(1_001) }],
  ['another namespace', { ...ref, namespace: 'bank' }],
];
const kill = { reason: 'why', then: 'cancel' };
const escalation = { signal: 'SIGTERM', graceMs: 0, settleMs: 100 };

describe.each(noAttempts)('%s in place of an attempt is refused before anything is touched', (_what, bad) => {
  test.each<[keyof HostActivities, unknown]>([
    ['kill', { ...kill, attempts: [ref, bad] }],
    ['killEarlier', { before: bad }],
    ['prepare', { attempts: [ref, bad], escalation }],
    ['collect', { attempts: [ref, bad] }],
  ])('%s', async (name, request) => {
    const { call, touched } = host();
    const refused = call(name, request);
    await expect(refused).rejects.toBeInstanceOf(ApplicationFailure);
    await expect(refused).rejects.toMatchObject({ type: 'ATTEMPT_REF_INVALID', nonRetryable: true });
    expect(touched()).toEqual([]);
  });
});

test.each<[keyof HostActivities, string, unknown]>([
  ['kill', 'ATTEMPT_REF_INVALID', { ...kill, attempts: undefined }],
  ['kill', 'ATTEMPT_REF_INVALID', { ...kill, attempts: 'everything' }],
  ['kill', 'ATTEMPT_REF_INVALID', { ...kill, attempts: { 0: ref, length: 1 } }],
  ['kill', 'OPTION_INVALID', { ...kill, attempts: [ref], then: 'restart' }],
  ['kill', 'OPTION_INVALID', { ...kill, attempts: [ref], reason: 7 }],
  ['kill', 'OPTION_INVALID', { ...kill, attempts: [ref], graceUsedMs: -1 }],
  ['kill', 'OPTION_INVALID', { ...kill, attempts: [ref], graceUsedMs: '1s' }],
  ['kill', 'OPTION_INVALID', { ...kill, attempts: [ref], reason: 'a'.repeat(2_001) }],
  ['kill', 'OPTION_INVALID', { ...kill, attempts: [ref], escalation: { ...escalation, signal: 'SIGSTOP' } }],
  ['kill', 'OPTION_INVALID', { ...kill, attempts: [ref], escalation: { ...escalation, graceMs: 1e12 } }],
  ['kill', 'OPTION_INVALID', { ...kill, attempts: [ref], escalation: 'none' }],
  ['kill', 'OPTION_INVALID', { ...kill, attempts: [ref], gated: 'yes' }],
  ['kill', 'OPTION_INVALID', { ...kill, attempts: 'all', gated: true }],
  ['kill', 'OPTION_INVALID', { ...kill, attempts: [ref, { ...ref, runId: 'another' }], gated: true }],
  ['kill', 'OPTION_INVALID', { ...kill, attempts: [ref], version: '2' }],
  ['kill', 'VERSION_UNSUPPORTED', { ...kill, attempts: [ref], version: 2 }],
  ['killEarlier', 'VERSION_UNSUPPORTED', { before: ref, version: 2 }],
  ['prepare', 'VERSION_UNSUPPORTED', { attempts: [ref], escalation, version: 2 }],
  ['collect', 'VERSION_UNSUPPORTED', { attempts: [ref], version: 2 }],
  ['kill', 'OPTION_INVALID', null],
  ['prepare', 'OPTION_INVALID', { attempts: [ref], escalation: null }],
  ['prepare', 'OPTION_INVALID', { attempts: [ref], escalation: { ...escalation, pid: 1 } }],
  ['collect', 'ATTEMPT_REF_INVALID', {}],
  ['killEarlier', 'OPTION_INVALID', undefined],
  ['isWorkerGone', 'OPTION_INVALID', '../1'],
  ['isWorkerGone', 'OPTION_INVALID', -1],
])('%s: %s for %j', async (name, code, request) => {
  const { call, touched } = host();
  await expect(call(name, request)).rejects.toMatchObject({ type: code, nonRetryable: true });
  expect(touched()).toEqual([]);
});

test('a proper request is carried out, with the fields that we know and no other', async () => {
  const { call, port } = host();
  const more = { ...ref, pid: 4711, marker: 'x' };
  await call('kill', { ...kill, attempts: [more], pid: 4711, escalation });
  const asked = { then: kill.then, reason: kill.reason, escalation, graceUsedMs: 0, run: expect.anything() as unknown };
  expect(port.killAbsent).toHaveBeenCalledWith(ref, asked);
  await call('killEarlier', { before: more });
  expect(port.killEarlier).toHaveBeenCalledWith({ before: ref, isReset: false });
  await call('kill', { ...kill, attempts: 'all' });
  expect(port.entries).toHaveBeenCalled();
  expect(await call('isWorkerGone', process.pid)).toBe(false);
});

describe('a kill that the workflow interceptor asks for', () => {
  const other = { ...ref, activityId: 'b' };
  /** The kill of `other` ends when it is told to. */
  function halfDone() {
    const parts = host();
    let end!: () => void;
    const ended = new Promise<void>((resolve) => (end = resolve));
    parts.port.killAbsent.mockImplementation(async (attempt) => {
      if ((attempt as AttemptRef).activityId === 'b') await ended;
      return report;
    });
    const running = parts.call('kill', { ...kill, attempts: [ref, other], gated: true, version: 1 });
    return { ...parts, end, running };
  }

  test('tells the run whose kill is over while another goes on, once', async () => {
    const { openGates, end, running } = halfDone();
    await waitUntil('the run is told', () => openGates.mock.calls.length > 0);
    end();
    await running;
    expect(openGates.mock.calls).toEqual([[[ref]]]);
  });

  test('tells nothing of kills that are over together: its result does', async () => {
    const { openGates, end, running } = halfDone();
    end();
    await running;
    expect(openGates).not.toHaveBeenCalled();
  });
});
