import { CancelSuite, expectKilledBeforeCancelled } from './suite';

let suite: CancelSuite;
beforeAll(async () => {
  suite = await CancelSuite.open();
});
afterAll(() => suite.end());

// The server does not list the worker's reaper as a poller yet.
test('a worker in its first second kills before it cancels, each of several runs', async () => {
  const runs = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const processes = suite.processes();
      return { processes, handle: await suite.start('new', 'runAll', [[processes.step()]]) };
    }),
  );
  const starting = suite.worker('new');
  await Promise.all(
    runs.map(async ({ processes, handle }) => {
      await processes.started();
      await handle.cancel();
    }),
  );
  await starting;
  for (const { processes, handle } of runs) {
    await processes.died();
    await expectKilledBeforeCancelled(handle, [processes]);
    expect(await suite.closed(handle)).toBe('CANCELLED');
  }
});
