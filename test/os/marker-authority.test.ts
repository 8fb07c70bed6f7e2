import type { AttemptRef } from '../../src/contract/attempt-ref';
import { openContainment } from '../../src/process/containment/open-scan-or-basic';
import { ownStartTicks } from '../../src/process/table/liveness';
import { type WorkerMark, attemptKey, formatMarker, markerName } from '../../src/process/marker';
import { ProcessKiller } from '../../src/reaper/kills/process-killer';
import { TestRun } from '../fixtures/processes/test-run';
import { isRunning } from '../helpers/kernel-oracle';
import { quick } from './engine-run';

/*
 * A kill request that reaches a host names an attempt. What it can reach there is what carries the attempt's marker with
 * the host's own id, and no other process.
 */

let run: TestRun;
let mark: WorkerMark;
let ref: AttemptRef;
beforeEach(() => {
  run = new TestRun();
  mark = { hostId: `authority-${run.id}`, workerPid: process.pid, workerStartTicks: ownStartTicks() };
  ref = { namespace: 'shop', workflowId: 'w', runId: run.id, activityId: 'a', attempt: 2 };
});
afterEach(() => run.end());

function markerOf(attempt: AttemptRef, hostId = mark.hostId): Record<string, string> {
  const key = attemptKey(attempt);
  return { [markerName(key)]: formatMarker({ key, ...mark, hostId, attempt: attempt.attempt }) };
}

const killer = (): ProcessKiller => new ProcessKiller(mark, openContainment('scan'));

test('reaches the attempt and those before it, and nothing else', async () => {
  const targets = [markerOf(ref), markerOf({ ...ref, attempt: 1 })];
  const others = [
    markerOf(ref, `${mark.hostId}-of-another`), // of another host, seen from here
    markerOf({ ...ref, attempt: 3 }),
    markerOf({ ...ref, activityId: 'b' }),
    markerOf({ ...ref, namespace: 'bank' }),
    {},
  ];
  const start = (env: Record<string, string>) => run.start('forever', { env });
  const [dying, living] = [await Promise.all(targets.map(start)), await Promise.all(others.map(start))];
  const report = await killer().killMarked(ref, quick);
  expect(report.processes.map(({ pid }) => pid).sort()).toEqual(dying.map(({ child }) => child.pid).sort());
  for (const each of dying) expect(isRunning(each.pidOf('main'))).toBe(false);
  for (const each of living) await run.beatsGoOn(each.beatFile('main'));
});

test('who forges the marker of another attempt dies with it, and draws nobody in who does not descend from it', async () => {
  const bystander = await run.start('forever', { env: {} });
  const forger = await run.start('forks-children', {
    env: { ...markerOf({ ...ref, activityId: 'b' }), ...markerOf(ref) },
  });
  const report = await killer().killMarked(ref, quick);
  expect(report.processes).toHaveLength(5);
  expect(isRunning(forger.pidOf('main'))).toBe(false);
  await run.beatsGoOn(bystander.beatFile('main'));
});

test('negative control: a forger without the marker lives', async () => {
  const forger = await run.start('forks-children', { env: markerOf({ ...ref, activityId: 'b' }) });
  expect((await killer().killMarked(ref, quick)).processes).toEqual([]);
  await run.beatsGoOn(forger.beatFile('main'));
});

test('what is reported of a process is its name, never its arguments or its environment', async () => {
  const secret = `secret-${run.id}`;
  await run.start('forever', { env: { ...markerOf(ref), TOKEN: secret } });
  const text = JSON.stringify(await killer().killMarked(ref, quick));
  expect(text).toContain('"name":"node"');
  expect(text).not.toContain(secret);
  expect(text).not.toContain(run.dir); // an argument of the program
});
