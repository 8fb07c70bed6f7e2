import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Replayed } from '../fixtures/plugin/replay';
import { fileOf, historiesDir, isKilled, readHistory, recorded, recordedFiles } from './recorded';
import { NONDETERMINISM, replayAll } from './replayer';

jest.setTimeout(120_000);

const types = Object.entries(recorded);
const untouched = types.filter(([type]) => !isKilled(type));
const killed = types.filter(([type]) => isKilled(type));

let results: Record<string, Replayed>;

beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'reaper-replay-'));
  try {
    cpSync(historiesDir, dir, { recursive: true });
    const doctored = readHistory(fileOf('twoActivities', 'without'));
    const [scheduled] = doctored.events.flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
    scheduled.activityType = { name: 'another' };
    writeFileSync(join(dir, 'doctored.json'), JSON.stringify(doctored));
    results = await replayAll(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

function resultOf(type: string, by: 'with' | 'without'): Replayed {
  return results[basename(fileOf(type, by))];
}

test('every history is there, and no other', () => {
  const expected = types.flatMap(([type]) => [fileOf(type, 'with'), fileOf(type, 'without')]);
  expect(recordedFiles()).toEqual(expected.map((file) => basename(file)).sort());
});

function activitiesIn(type: string, by: 'with' | 'without'): string[] {
  return readHistory(fileOf(type, by))
    .events.flatMap((event) => event.activityTaskScheduledEventAttributes ?? [])
    .map(({ activityId, activityType }) => `${activityType.name} ${activityId}`);
}

test.each(types)('%s (%s): the same activities are in both histories, by the same ids', (type) => {
  expect(activitiesIn(type, 'with')).toEqual(activitiesIn(type, 'without'));
});

describe('a history that was recorded without the plugin', () => {
  test.each(types)('%s (%s) replays with it: it can be put in', (type) => {
    expect(resultOf(type, 'without').with).toBe('replayed');
  });
  test.each(types)('%s (%s) replays with its interceptor on the way out', (type) => {
    expect(resultOf(type, 'without').replayOnly).toBe('replayed');
  });
  test.each(types)('%s (%s) replays without it: the recording is sound', (type) => {
    expect(resultOf(type, 'without').without).toBe('replayed');
  });
});

describe('a history that was recorded with the plugin', () => {
  test.each(types)('%s (%s) replays with it', (type) => {
    expect(resultOf(type, 'with').with).toBe('replayed');
  });
  test.each(types)('%s (%s) replays with its interceptor on the way out', (type) => {
    expect(resultOf(type, 'with').replayOnly).toBe('replayed');
  });
  test.each(untouched)('%s (%s) replays without it: it can be taken out', (type) => {
    expect(resultOf(type, 'with').without).toBe('replayed');
  });
  test.each(killed)('%s (%s) does not replay without it: the kill is in the history', (type) => {
    expect(resultOf(type, 'with').without).toMatch(NONDETERMINISM);
  });
});

test('a doctored history fails, however the plugin is set', () => {
  expect(results['doctored.json'].with).toMatch(NONDETERMINISM);
  expect(results['doctored.json'].replayOnly).toMatch(NONDETERMINISM);
  expect(results['doctored.json'].without).toMatch(NONDETERMINISM);
});
