import type { Command, Start } from '../enclosure';
import { canStart, envValue } from './program';

/** Programs that move themselves into a cgroup and become the real one; the pid stays the same. */
export interface Trampolines {
  /** A POSIX shell, found to leave the environment as it was. */
  sh?: string;
  /** Slower; can give a program another name (argv[0]), and touches no environment at all. */
  perl?: string;
  /** With these settings of its language Perl has been silent. */
  perlLocale?: string;
}

/** Variables that shells set by themselves: put back as they were. */
const SHELL_SETS = ['PWD', 'OLDPWD', 'SHLVL'];
const PERL = 'if(open F,"+<",shift){syswrite F,"0";close F}$f=shift;exec{$f}@ARGV;exit 127';
const PERL_READS = /^PERL/;
const LOCALE = /^(?:LC_|LANG)/;
/** Shells pass on no variables with other names, and but one of a name. */
const SHELL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Magic in the PATH of some shells. */
const MAGIC = '%';

/** The settings of language, of which Perl complains when they are unknown. */
export function localeOf(env: readonly string[]): string {
  return env
    .filter((entry) => LOCALE.test(entry))
    .sort()
    .join('\n');
}

function throughShell(sh: string, procs: string, { args, env }: Start): Command {
  const values = SHELL_SETS.map((name) => [name, envValue(env, name)] as const);
  const restore = values.map(([name, value]) =>
    value === undefined ? `unset ${name};` : `${name}=$1;export ${name};shift;`,
  );
  const given = values.flatMap(([, value]) => value ?? []);
  const script = `{ echo 0 >"$0"; } 2>/dev/null;${restore.join('')}exec "$@"`;
  return { file: sh, args: [sh, '-c', script, procs, ...given, ...args] };
}

function shellCanRun({ file, args, env }: Start): boolean {
  const names = env.map((entry) => entry.slice(0, Math.max(0, entry.indexOf('='))));
  const path = envValue(env, 'PATH');
  return (
    args[0] === file &&
    !file.startsWith('-') &&
    path !== undefined &&
    !path.includes(MAGIC) &&
    names.every((name) => SHELL_NAME.test(name)) &&
    new Set(names).size === names.length
  );
}

function perlCanRun({ env }: Start, { perlLocale }: Trampolines): boolean {
  const locale = localeOf(env);
  // Of none it never complains.
  return (locale === '' || locale === perlLocale) && !env.some((entry) => PERL_READS.test(entry));
}

/**
 * The command that moves itself into the cgroup and then becomes the given one, with everything else as it was.
 *
 * @param procs the cgroup's `cgroup.procs`
 * @returns in words why there is none
 */
export function trampolineTo(procs: string, start: Start, trampolines: Trampolines): Command | string {
  const { sh, perl } = trampolines;
  const { file, args, uid, gid } = start;
  const isOtherUser = (uid ?? process.geteuid?.()) !== process.geteuid?.();
  if (isOtherUser || (gid ?? process.getegid?.()) !== process.getegid?.()) {
    return 'a process that starts as another user or group cannot move itself';
  }
  if (sh !== undefined && shellCanRun(start)) {
    return canStart(start) ? throughShell(sh, procs, start) : 'its program cannot be started';
  }
  if (perl !== undefined && perlCanRun(start, trampolines)) {
    if (!canStart(start)) return 'its program cannot be started';
    return { file: perl, args: [perl, '-e', PERL, '--', procs, file, ...args] };
  }
  return args[0] === file
    ? 'its environment has names that a shell does not pass on, and Perl cannot be used'
    : 'its argv[0] is not its file, and Perl cannot be used';
}
