import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { MockActivityEnvironment } from '@temporalio/testing';
import { parseMarker } from '../../../src/process/marker';
import { markerEnv, onKill, setEscalation, track, untracked } from '../../../src';

test.each([
  ['track', () => track(process.pid + 1)],
  ['markerEnv', () => markerEnv()],
  ['onKill', () => onKill(() => undefined)],
  ['setEscalation', () => setEscalation({ graceMs: 1 })],
])('%s is refused outside of an activity', (_name, call) => {
  expect(call).toThrow(expect.objectContaining({ code: 'NOT_IN_ACTIVITY' }) as Error);
});

test('untracked just runs the function there', () => {
  expect(untracked(() => 'done')).toBe('done');
});

describe('in a mock environment, which has no reaper', () => {
  const inMock = <T>(fn: () => Promise<T>): Promise<T> => new MockActivityEnvironment().run(fn);

  test('onKill takes the callback, and never calls it', async () => {
    const callback = jest.fn();
    await inMock(async () => onKill(callback));
    expect(callback).not.toHaveBeenCalled();
  });

  test('track takes a child, and refuses what it refuses elsewhere', async () => {
    await inMock(async () => {
      const child = spawn('sleep', ['60']);
      await once(child, 'spawn');
      expect(() => track(child.pid as number)).not.toThrow();
      expect(() => track(process.pid)).toThrow(expect.objectContaining({ code: 'PROCESS_PROTECTED' }) as Error);
      child.kill('SIGKILL');
      await once(child, 'exit');
    });
  });

  test('setEscalation takes what is right, and refuses what is not', async () => {
    await inMock(async () => {
      expect(() => setEscalation({ signal: 'SIGINT', graceMs: '1s' })).not.toThrow();
      expect(() => setEscalation({ graceMs: -1 })).toThrow(
        expect.objectContaining({ code: 'OPTION_INVALID' }) as Error,
      );
    });
  });

  test('markerEnv has the form of a marker, and is no host of anybody', async () => {
    const [[name, value]] = Object.entries(await inMock(async () => markerEnv()));
    expect(parseMarker(name, value)).toMatchObject({ hostId: 'untracked', workerPid: process.pid, attempt: 1 });
  });
});
