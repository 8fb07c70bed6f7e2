import { localeOf, trampolineTo } from '../../../src/process/containment/cgroup/trampoline';
import type { Start } from '../../../src/process/containment/enclosure';

const both = { sh: '/bin/sh', perl: '/usr/bin/perl', perlLocale: 'LANG=x' };
const start = (other: Partial<Start> = {}): Start => ({
  file: process.execPath,
  args: [process.execPath, 'a b'],
  env: ['PATH=/usr/bin:/bin', 'A=1'],
  isSync: false,
  ...other,
});
const argv0 = { args: ['other', 'a b'] };

test('a shell writes 0, which means itself, and becomes the program; the arguments are no part of the script', () => {
  const command = trampolineTo('/c/cgroup.procs', start(), both);
  expect(command).toMatchObject({
    file: '/bin/sh',
    args: ['/bin/sh', '-c', expect.any(String), '/c/cgroup.procs', process.execPath, 'a b'],
  });
  expect((command as { args: string[] }).args[2]).not.toContain('a b');
});

test('what a shell sets by itself is given back as it was', () => {
  const env = ['PATH=/bin', 'PWD=/stale', 'SHLVL=4'];
  const { args } = trampolineTo('/c', start({ env }), both) as { args: string[] };
  expect(args.slice(3, 7)).toEqual(['/c', '/stale', '4', process.execPath]);
  expect(args[2]).toContain('unset OLDPWD;');
});

test.each<[string, Partial<Start>]>([
  ['another argv[0]', argv0],
  ['a name that is none to a shell', { env: ['PATH=/bin', 'a.b=1'] }],
  ['a name twice', { env: ['PATH=/bin', 'A=1', 'A=2'] }],
  ['no PATH', { env: ['A=1'] }],
  ['magic in PATH', { env: ['PATH=/bin:%builtin'] }],
])('Perl is taken for %s; without it nothing is', (_, other) => {
  expect(trampolineTo('/c', start(other), both)).toMatchObject({
    file: '/usr/bin/perl',
    args: ['/usr/bin/perl', '-e', expect.any(String), '--', '/c', process.execPath, ...(other.args ?? start().args)],
  });
  expect(trampolineTo('/c', start(other), { sh: '/bin/sh' })).toMatch(/Perl cannot be used/);
});

test.each([
  ['settings of language that it may complain of', ['PATH=/bin', 'LC_ALL=xx_XX']],
  ['its own settings', ['PATH=/bin', 'PERL5OPT=-Mstrict']],
])('Perl is not taken with %s', (_, env) => {
  expect(trampolineTo('/c', start({ ...argv0, env }), both)).toMatch(/Perl cannot be used/);
});

test('Perl is taken with the settings of language that it was tried with, and with none', () => {
  for (const env of [['PATH=/bin', 'LANG=x'], ['PATH=/bin']]) {
    expect(trampolineTo('/c', start({ ...argv0, env }), both)).toMatchObject({ file: '/usr/bin/perl' });
  }
  expect(localeOf(['LC_ALL=b', 'A=1', 'LANG=a', 'LANGUAGE=c'])).toBe('LANG=a\nLANGUAGE=c\nLC_ALL=b');
});

test('another user or group cannot enter; the own may be named', () => {
  const [uid, gid] = [Number(process.geteuid?.()), Number(process.getegid?.())];
  expect(trampolineTo('/c', start({ uid: uid + 1 }), both)).toMatch(/another user or group/);
  expect(trampolineTo('/c', start({ gid: gid + 1 }), both)).toMatch(/another user or group/);
  expect(trampolineTo('/c', start({ uid, gid }), both)).toHaveProperty('file');
  expect(trampolineTo('/c', start({ uid: null, gid: null, cwd: null }), both)).toHaveProperty('file');
});

test('what cannot be started gets no trampoline: its own error is the better one', () => {
  for (const other of [
    { file: '/nonexistent', args: ['/nonexistent'] },
    { cwd: '/nonexistent' },
    { file: '', args: [''] },
  ]) {
    expect(trampolineTo('/c', start(other), both)).toBe('its program cannot be started');
  }
});
