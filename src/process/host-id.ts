import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { assertHostId } from '../contract/task-queues';

/** The kernel's fixed inode of the initial PID namespace (`PROC_PID_INIT_INO`, include/linux/proc_ns.h). */
const INITIAL_PID_NAMESPACE = '4026531836';

/** The inode of our PID namespace; undefined in the initial one, and on systems without PID namespaces. */
export function pidNamespace(): string | undefined {
  let link: string;
  try {
    link = readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined; // not Linux, or no procfs: there is only one PID namespace
  }
  const inode = /\[(\d+)\]/.exec(link)?.[1];
  return inode === INITIAL_PID_NAMESPACE ? undefined : inode;
}

/** Identifies the running kernel from boot to shutdown; undefined if the kernel does not tell. */
export function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined; // not Linux, or no procfs
  }
}

/**
 * The host as named in markers: pids have meaning only within one PID namespace, whatever host id the user has set. So
 * nothing outside a container takes a worker inside it for dead.
 */
export function markedHost(hostId: string): string {
  const namespace = pidNamespace();
  return namespace === undefined || hostId.endsWith(`-${namespace}`) ? hostId : `${hostId}-${namespace}`;
}

/**
 * One id per PID namespace: the hostname, followed by the namespace's inode in a container that has its own.
 *
 * @throws ReaperError `HOST_ID_INVALID` when the hostname is not a valid host id
 */
export function defaultHostId(): string {
  const namespace = pidNamespace();
  const hostId = namespace ? `${hostname()}-${namespace}` : hostname();
  assertHostId(hostId);
  return hostId;
}

/** The id of a worker here whose code sets none: it may be set by a variable. */
export function hostIdHere(): string {
  return process.env.TEMPORAL_REAPER_HOST_ID || defaultHostId();
}
