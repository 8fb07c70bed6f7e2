import { isWellFormed, parseSync, restoreError, startOf } from '../../../src/tracking/sync-command';

const env = { A: '1', B: undefined };

test.each([
  ['spawnSync', ['ls', ['-l']], 'ls', ['ls', '-l']],
  ['spawnSync', ['ls', { argv0: 'x' }], 'ls', ['x']],
  ['spawnSync', ['echo', ['a', 'b c'], { shell: true }], '/bin/sh', ['/bin/sh', '-c', 'echo a b c']],
  ['spawnSync', ['echo', null, { shell: '/bin/bash' }], '/bin/bash', ['/bin/bash', '-c', 'echo']],
  ['execFileSync', ['ls', ['-l'], { shell: '' }], 'ls', ['ls', '-l']],
  ['execSync', ['echo $A'], '/bin/sh', ['/bin/sh', '-c', 'echo $A']],
  ['execSync', ['echo', { shell: '/bin/bash' }], '/bin/bash', ['/bin/bash', '-c', 'echo']],
] as const)('%s %j starts %s %j', (name, args, file, argv) => {
  const start = startOf(parseSync(name, [...args]), env);
  expect(start).toMatchObject({ file, args: argv, env: ['A=1'], isSync: true });
});

test('the directory may be an URL', () => {
  const command = parseSync('spawnSync', ['ls', { cwd: new URL('file:///tmp/a%20b') }]);
  expect(startOf(command, env).cwd).toBe('/tmp/a b');
});

test.each([
  [['ls', ['-l'], {}], true],
  [['ls', undefined, {}], true],
  [['ls', null], true],
  [[1], false],
  [['ls', 'text'], false],
  [[], false],
])('%j is well formed: %s', (args, expected) => expect(isWellFormed(args)).toBe(expected));

test('an error speaks of what was asked for, on its stack too, whatever the words contain', () => {
  const given = parseSync('execFileSync', ['ls', ['$&', 'x']]);
  const start = startOf(given, env);
  const started = { file: '/bin/sh', args: ['/bin/sh', '-c', 'script', 'ls', '$&', 'x'] };
  const failed = new Error('Command failed: /bin/sh -c script ls $& x\nits stderr');
  restoreError(failed, given, start, started);
  expect(failed.message).toBe('Command failed: ls $& x\nits stderr');
  expect(failed.stack).toMatch(/^Error: Command failed: ls \$& x\n/);

  const refused = Object.assign(new Error('spawnSync /bin/sh ETIMEDOUT'), {
    syscall: 'spawnSync /bin/sh',
    path: '/bin/sh',
    spawnargs: started.args.slice(1),
  });
  restoreError(refused, given, start, started);
  expect(refused).toMatchObject({ syscall: 'spawnSync ls', path: 'ls', spawnargs: ['$&', 'x'] });
  expect(refused.message).toBe('spawnSync ls ETIMEDOUT');
});

test('what is no error, or of something else, stays as it is', () => {
  const given = parseSync('spawnSync', ['ls']);
  const other = new Error('other');
  for (const error of [undefined, 'text', other])
    restoreError(error, given, startOf(given, env), { file: '/bin/sh', args: ['/bin/sh'] });
  expect(other.message).toBe('other');
});
