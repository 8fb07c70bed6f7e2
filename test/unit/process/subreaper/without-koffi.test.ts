import { openForWorker } from '../../../../src/process/containment/ladder';
import { ownStartTicks } from '../../../../src/process/identity';

const mark = { hostId: 'host', workerPid: process.pid, workerStartTicks: ownStartTicks() };
const LADDER = '../../../../src/process/containment/ladder';
let failure: Error;

jest.mock('koffi', () => {
  throw failure;
});
jest.mock('../../../../src/process/containment/cgroup', () => ({
  openCgroup: () => Promise.resolve({ obstacle: 'not in this test', remedy: '' }),
}));

const linux = process.platform === 'linux' ? describe : describe.skip;

linux('koffi is missing', () => {
  beforeEach(() => {
    failure = Object.assign(new Error("Cannot find module 'koffi'"), { code: 'MODULE_NOT_FOUND' });
  });

  test('auto is scan, and says why', async () => {
    const { level, reason } = await openForWorker('auto', mark);
    expect(level).toBe('scan');
    expect(reason).toContain('subreaper: the optional package koffi is not installed');
  });

  test('subreaper is refused, with the remedy', async () => {
    await expect(openForWorker('subreaper', mark)).rejects.toMatchObject({
      code: 'CONTAINMENT_UNAVAILABLE',
      message: expect.stringMatching(/koffi is not installed.*Install the optional package koffi/) as string,
    });
  });
});

linux('koffi is there and does not load', () => {
  test('the reason is its own', async () => {
    failure = new Error('libstdc++.so.6: cannot open shared object file\nand a stack');
    jest.resetModules();
    const ladder = jest.requireActual<{ openForWorker: typeof openForWorker }>(LADDER);
    const { reason } = await ladder.openForWorker('auto', mark);
    expect(reason).toMatch(/koffi does not load: libstdc\+\+\.so\.6: cannot open shared object file$/);
  });
});
