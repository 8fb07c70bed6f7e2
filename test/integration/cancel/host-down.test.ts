import { DEFAULT_ESCALATION } from '../../../src/contract/escalation';
import { longestKillMs } from '../../../src/contract/kill-timeouts';
import { type DevServer, startDevServer } from '../../helpers/dev-server';
import { CancelSuite, Events, type Processes } from './suite';

// A server of its own: a frozen worker would take tasks of the control task queue from other suites.
let server: DevServer;
let suite: CancelSuite;
beforeAll(async () => {
  server = await startDevServer();
  suite = await CancelSuite.open(server.address);
  await Promise.all([suite.worker('workflows'), suite.worker('up', { workflows: false })]);
});
afterAll(async () => {
  await suite.end();
  await server.stop();
});

/** By contract a cancel goes through within so much, whatever a host does. */
const WITHIN_MS = longestKillMs(DEFAULT_ESCALATION);

describe.each([
  ['is killed by SIGKILL', 'SIGKILL'],
  ['is frozen by SIGSTOP', 'SIGSTOP'],
] as const)('a host %s before the cancel', (_, signal) => {
  test('the cancel goes through all the same, and the other host is killed before it', async () => {
    const down = await suite.worker(`down-${signal}`, { workflows: false });
    const [onDown, onUp] = [suite.processes(), suite.processes()];
    const handle = await suite.start('workflows', 'runAll', [
      [
        onDown.step({ taskQueue: suite.unique(`down-${signal}`), options: { cancellationType: 'TRY_CANCEL' } }),
        onUp.step({ taskQueue: suite.unique('up') }),
      ],
    ]);
    await Promise.all([onDown.started(), onUp.started()]);

    process.kill(down.pid, signal);
    try {
      await handle.cancel();
      await onUp.died();
      const events = await Events.withCancelRequests(handle, 2, WITHIN_MS);
      expect(lastBeatIsBefore(events, onUp)).toBe(true);
      expect(await suite.closed(handle, WITHIN_MS)).toBe('CANCELLED');
    } finally {
      if (signal === 'SIGSTOP') process.kill(down.pid, 'SIGCONT');
    }
  });
});

function lastBeatIsBefore(events: Events, processes: Processes): boolean {
  return events.cancelRequests('runProgram').every((event) => processes.lastBeat() <= events.timeOf(event));
}
