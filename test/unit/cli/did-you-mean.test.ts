import { fakeCli } from './fake-cli';

/** The parser suggests by itself: this holds it to that. */
test.each([
  [['cancl', '-w', 'x'], 'cancel'],
  [['kill-al'], 'kill-all'],
  [['ps', '--wach'], '--watch'],
  [['cancel', '-w', 'x', '--dryrun'], '--dry-run'],
  [['--verison'], '--version'],
])('%j: did you mean %s?', async (argv, meant) => {
  const cli = fakeCli();
  expect(await cli.run(...argv)).toBe(2);
  expect(cli.stderr.text).toContain(`(Did you mean ${meant}?)`);
  expect(cli.calls).toEqual([]);
});

test.each([[['frobnicate']], [['ps', '--frobnicate']]])('%j is like nothing there is', async (argv) => {
  const cli = fakeCli();
  expect(await cli.run(...argv)).toBe(2);
  expect(cli.stderr.text).not.toContain('Did you mean');
});
