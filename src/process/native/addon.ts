import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../error-code';
import { packageRoot } from '../package-version';

/** The functions of the native part, see native/module.c. Failed system calls return -errno. */
export interface NativeAddon {
  /**
   * Takes charge of the children that libuv forks in this process, on any thread. Done once and never undone.
   *
   * @returns why it cannot be done; empty when it is done
   */
  hook(): string;
  /**
   * Runs `call`; processes that this thread starts during it are born in a cgroup and carry a tag.
   *
   * @param cgroup descriptor of its directory; -1: none
   * @param changesUser whether the child changes to another user or group
   * @param tag soft limit on file locks; 0: the standing one
   * @returns 0: everything is there from birth; 1: it has moved there itself; -errno: some of it is outside
   */
  enclose(cgroup: number, changesUser: boolean, tag: bigint, call: () => void): number;
  /** Sets the tag of all other forks of this process, on any thread, including those of other native code; 0: none. */
  standingTag(tag: bigint): void;
  /** A 34-bit number that no other thread of this process gets. */
  nextNumber(): number;
  /** Whether Node waits for a child: not if the thread that started it has ended. Exact once {@link hook} is done. */
  isOwnChild(pid: number): boolean;
  /** Whether it has seen every fork of Node's that set a tag: no other copy of this part took charge earlier. */
  knowsAll(): boolean;
  /**
   * Whether someone other than Node may wait for a child: other native code forked it after a standing tag was set; or it
   * started before {@link hook} was done, and Node may have it through another copy of this part.
   */
  isOthersChild(pid: number, startTicks: number): boolean;
  /** Reaps a dead child that Node does not wait for. Returns the signal that killed it, 0 if it exited; -1: none reaped. */
  reap(pid: number): number;
  /**
   * Asks for what a child of Node's uses; call it in the turn of the loop that has started the child. Each must be taken.
   *
   * @returns false if that cannot be known
   */
  measure(pid: number): boolean;
  /**
   * What such a child has used, with all descendants that it has waited for: microseconds of processor time, and the largest
   * resident memory of one of them in bytes; -1: unknown. Empty if Node has not reaped it.
   */
  takeUsage(pid: number): [] | [cpuUs: number, peakBytes: number];
  /** The soft limit of a process on file locks; pid 0: our own. */
  lockLimit(pid: number): bigint | number;
  isChildSubreaper(): boolean;
  /** Makes this process a subreaper, or undoes that; it stays one until every caller has undone it, or its thread has ended. */
  setChildSubreaper(isOne: boolean): number;
  pidfdOpen(pid: number): number;
  pidfdSignal(fd: number, signal: number): number;
  close(fd: number): number;
}

/** Why native functions are unavailable here, and what would help. */
export interface NativeObstacle {
  obstacle: string;
  remedy: string;
}

const PLATFORM = `${process.platform}-${process.arch}`;
const FILE = join(packageRoot, 'dist', 'native', `${PLATFORM}.node`);

let opened: { native: NativeAddon } | NativeObstacle | undefined;

function whyNot(error: unknown): NativeObstacle {
  if (errorCode(error) === 'ERR_DLOPEN_DISABLED') {
    return {
      obstacle: 'Node was told to load no native addons',
      remedy: 'Run it without --no-addons, and with --allow-addons if it has --permission',
    };
  }
  const message = String((error as Error).message).split('\n')[0];
  const isNoexec = message.includes('failed to map segment');
  return {
    obstacle: `its native part does not load (${message})`,
    remedy: isNoexec ? 'Put the package where programs may run: that directory is mounted noexec' : '',
  };
}

function open(): { native: NativeAddon } | NativeObstacle {
  if (process.platform !== 'linux') return { obstacle: `${process.platform} is not Linux`, remedy: '' };
  if (!existsSync(FILE)) {
    return {
      obstacle: `this package has no native part for ${PLATFORM} (${FILE} is missing)`,
      remedy: 'Build it with "npm run build" in the package, on a machine with a C compiler',
    };
  }
  try {
    const loaded = { exports: {} };
    process.dlopen(loaded, FILE);
    return { native: loaded.exports as NativeAddon };
  } catch (error) {
    return whyNot(error);
  }
}

/** The native part, loaded at the first call, once per thread; undefined if it is unavailable. */
export function nativeAddon(): NativeAddon | undefined {
  opened ??= open();
  return 'native' in opened ? opened.native : undefined;
}

/** The native part, in charge of what this process starts; or the reason why that is impossible. */
export function nativeInCharge(): NativeAddon | NativeObstacle {
  opened ??= open();
  if (!('native' in opened)) return opened;
  const why = opened.native.hook();
  return why === '' ? opened.native : { obstacle: `Node's own spawn cannot be hooked: ${why}`, remedy: '' };
}
