import { isWellFormed, parseSync, programOf } from '../../../src/tracking/sync-command';

test.each([
  ['spawnSync', ['ls', ['-l']], ['ls', '-l']],
  ['spawnSync', ['ls', { argv0: 'x' }], ['ls']],
  ['spawnSync', ['echo', ['a', 'b c'], { shell: true }], ['/bin/sh', '-c', 'echo a b c']],
  ['spawnSync', ['echo', null, { shell: '/bin/bash' }], ['/bin/bash', '-c', 'echo']],
  ['execFileSync', ['ls', ['-l'], { shell: '' }], ['ls', '-l']],
  ['execSync', ['echo $A'], ['/bin/sh', '-c', 'echo $A']],
  ['execSync', ['echo', { shell: '/bin/bash' }], ['/bin/bash', '-c', 'echo']],
] as const)('%s %j starts %j', (name, args, program) => {
  expect(programOf(parseSync(name, [...args]))).toEqual(program);
});

test.each([
  [['ls', ['-l'], {}], true],
  [['ls', undefined, {}], true],
  [['ls', null], true],
  [[1], false],
  [['ls', 'text'], false],
  [[], false],
])('%j is well formed: %s', (args, expected) => expect(isWellFormed(args)).toBe(expected));
