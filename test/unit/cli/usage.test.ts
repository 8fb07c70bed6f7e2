import { fakeCli } from './fake-cli';

const bad: [string, string[]][] = [
  ['no command', []],
  ['an unknown command', ['kill']],
  ['an unknown option', ['ps', '--frobnicate']],
  ['an argument too many', ['ps', 'order-42']],
  ['an empty workflow to list', ['ps', '-w', '']],
  ['a watch without a pause', ['ps', '--watch', '0']],
  ['a watch with too short a pause', ['ps', '--watch=0.5']],
  ['a watch with too long a pause', ['ps', '--watch', '3601']],
  ['a watch whose pause is no number', ['ps', '--watch', '2s']],
  ['a watch of the hosts', ['hosts', '--watch']],
  ['a missing workflow id', ['cancel']],
  ['a workflow and a query', ['cancel', '-w', 'x', '--query', 'y', '--yes']],
  ['a run and a query', ['cancel', '-r', 'x', '--query', 'y', '--yes']],
  ['an activity and a query', ['cancel', '-a', 'x', '--query', 'y', '--yes']],
  ['an empty query', ['cancel', '--query', ' ', '--yes']],
  ['a query without --yes and a terminal', ['cancel', '--query', 'y']],
  ['an empty workflow id', ['cancel', '-w', '']],
  ['an option without its value', ['terminate', '-w']],
  ['a grace that is not a duration', ['cancel', '-w', 'x', '--grace', 'abc']],
  ['a negative grace', ['cancel', '-w', 'x', '--grace', '-5s']],
  ['a grace out of range', ['terminate', '-w', 'x', '--grace', '2h']],
  ['a settle out of range', ['kill-all', '--yes', '--settle', '1ms']],
  ['an unknown signal', ['cancel', '-w', 'x', '--signal', 'SIGFOO']],
  ['an empty reason', ['cancel', '-w', 'x', '--reason', '']],
  ['an unknown format', ['ps', '-o', 'yaml']],
  ['a malformed host', ['ps', '--host', 'a/b']],
  ['an activity to terminate', ['terminate', '-w', 'x', '-a', 'y']],
  ['kill-all without --yes and a terminal', ['kill-all']],
];

test.each(bad)('%s is bad usage, and nothing is asked', async (_what, argv) => {
  const cli = fakeCli();
  expect(await cli.run(...argv)).toBe(2);
  expect(cli.calls).toEqual([]);
  expect(cli.stdout.text).toBe('');
  expect(cli.stderr.text).not.toBe('');
});

test.each([
  ['--version', /^\d+\.\d+\.\d+/],
  ['--help', /Exit codes:/],
])('%s is printed to stdout', async (flag, text) => {
  const cli = fakeCli();
  expect(await cli.run(flag)).toBe(0);
  expect(cli.stdout.text).toMatch(text);
  expect(cli.stderr.text).toBe('');
});
