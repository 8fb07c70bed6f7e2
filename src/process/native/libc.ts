import { errorCode } from '../error-code';

/** Calls of the C library that Node does not offer. Each returns what the C function does: -1 when it fails. */
export interface Libc {
  prctl(option: number, value: number, third: number, fourth: number, fifth: number): number;
  /** The same, of an option that answers. */
  prctlAnswer(option: number, answer: Int32Array, third: number, fourth: number, fifth: number): number;
  prlimit(pid: number, resource: number, wanted: BigUint64Array | null, found: BigUint64Array | null): number;
  waitpid(pid: number, status: Int32Array | null, options: number): number;
  syscall(number: number, first: number, second: number, third: null, fourth: number): number;
  close(fd: number): number;
  /** Why the last call failed. */
  errno(): number;
}

/** What we use of koffi; its own types cannot be imported by CommonJS. */
interface Koffi {
  load(path: null): {
    func<Name extends keyof Libc>(definition: string): Libc[Name];
    func<Name extends keyof Libc>(name: string, result: string, parameters: string[]): Libc[Name];
  };
  errno(): number;
}

type Opened = { libc: Libc } | { obstacle: string };
let opened: Opened | undefined;

function open(): Opened {
  if (process.platform !== 'linux') return { obstacle: `${process.platform} is not Linux` };
  try {
    // Optional, so not loaded before it is needed, and not by an import.
    const koffi = module.require('koffi') as Koffi;
    // The C library that runs already, whatever its file is called: musl's name differs from glibc's.
    const running = koffi.load(null);
    return {
      libc: {
        prctl: running.func<'prctl'>('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)'),
        prctlAnswer: running.func<'prctlAnswer'>('prctl', 'int', ['int', 'void *', 'ulong', 'ulong', 'ulong']),
        prlimit: running.func<'prlimit'>('int prlimit(int, int, void *, void *)'),
        waitpid: running.func<'waitpid'>('int waitpid(int, void *, int)'),
        syscall: running.func<'syscall'>('long syscall(long, long, long, void *, long)'),
        close: running.func<'close'>('int close(int)'),
        errno: () => koffi.errno(),
      },
    };
  } catch (error) {
    if (errorCode(error) === 'MODULE_NOT_FOUND') return { obstacle: 'the optional package koffi is not installed' };
    return { obstacle: `the package koffi does not load: ${(error as Error).message.split('\n')[0]}` };
  }
}

/** The C library, loaded once per thread at the first call (some 10 ms); undefined where it cannot be had. */
export function libc(): Libc | undefined {
  opened ??= open();
  return 'libc' in opened ? opened.libc : undefined;
}

/** Why {@link libc} cannot be had; empty when it can. */
export function libcObstacle(): string {
  opened ??= open();
  return 'obstacle' in opened ? opened.obstacle : '';
}
