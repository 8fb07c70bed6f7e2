import { setImmediate as turn } from 'node:timers/promises';
import { fakeCli } from './fake-cli';
import { killOutcome } from './outcomes';

test('the first SIGINT tells that the work goes on, the second stops waiting', async () => {
  const cli = fakeCli(() => new Promise(() => undefined));
  const exit = cli.run('cancel', '-w', 'x');
  await turn();
  cli.signals.emit('SIGINT');
  expect(cli.stderr.text).toContain('The cancellation workflow keeps running on the server. Press Ctrl-C again');
  cli.signals.emit('SIGINT');
  expect(await exit).toBe(130);
  expect(cli.stdout.text).toBe('');
  expect(cli.signals.listenerCount('SIGINT')).toBe(0);
});

test('after one SIGINT the outcome is still waited for', async () => {
  let finish: (value: unknown) => void = () => undefined;
  const cli = fakeCli(() => new Promise((resolve) => (finish = resolve)));
  const exit = cli.run('cancel', '-w', 'x', '-o', 'json');
  await turn();
  cli.signals.emit('SIGINT');
  finish(killOutcome());
  expect(await exit).toBe(0);
  expect(JSON.parse(cli.stdout.text)).toMatchObject({ status: 'CANCELED' });
});
