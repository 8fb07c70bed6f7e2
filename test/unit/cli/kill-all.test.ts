import { fakeCli, type FakeCli } from './fake-cli';
import { killOutcome } from './outcomes';

function onTerminal(answer: string): FakeCli {
  const cli = fakeCli(killOutcome({ workflowId: undefined, cancel: 'none' }));
  cli.stdin.isTTY = true;
  cli.stderr.isTTY = true;
  cli.stdin.end(answer);
  return cli;
}

test.each(['y\n', 'YES\n'])('%j goes on', async (answer) => {
  const cli = onTerminal(answer);
  expect(await cli.run('kill-all', '-o', 'json')).toBe(0);
  expect(cli.calls).toHaveLength(1);
  expect(cli.stderr.text).toContain('every host');
});

test.each(['n\n', '\n', 'yess\n', ''])('%j kills nothing', async (answer) => {
  const cli = onTerminal(answer);
  expect(await cli.run('kill-all', '--host', 'host-a')).toBe(1);
  expect(cli.calls).toEqual([]);
  expect(cli.stderr.text).toContain('Nothing was killed.');
});
