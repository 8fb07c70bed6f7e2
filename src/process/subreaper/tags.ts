import { createHash } from 'node:crypto';
import { pidNamespace } from '../host-id';
import type { WorkerMark } from '../marker';

// 63 bits, so that programs that take a limit for a signed number see a positive one.
const MARK = 1n << 62n;
const WORKER_BITS = 28n;
const ATTEMPT_BITS = 20n;
const CALL_BITS = 14n;

/** Attempt numbers are below this. */
export const ATTEMPTS = 2 ** Number(ATTEMPT_BITS);
/** Call numbers are below this. */
export const CALLS = 2 ** Number(CALL_BITS);
/** Of processes that the worker starts on behalf of no attempt. */
export const NOBODY = 0;

/** What a process inherits from the spawn that it descends from. */
export interface Tag {
  attempt: number;
  /** Number of the synchronous call; 0: it was an asynchronous spawn. */
  call: number;
}

/** The tags of one worker process: numbers that its children inherit, and that no other worker of the host uses. */
export class Tags {
  private readonly worker: bigint;

  constructor({ workerPid, workerStartTicks }: Pick<WorkerMark, 'workerPid' | 'workerStartTicks'>) {
    // Not the host id: the reapers of one process may differ in it, and they share their processes' tags.
    const text = JSON.stringify([pidNamespace() ?? '', workerPid, workerStartTicks]);
    const hash = createHash('sha256').update(text).digest().readBigUInt64BE();
    this.worker = MARK | (BigInt.asUintN(Number(WORKER_BITS), hash) << (ATTEMPT_BITS + CALL_BITS));
  }

  format({ attempt, call }: Tag): bigint {
    return this.worker | (BigInt(attempt) << CALL_BITS) | BigInt(call);
  }

  /** Undefined when it is no tag of this worker. */
  parse(limit: bigint): Tag | undefined {
    const number = limit - this.worker;
    if (number < 0n || number >> (ATTEMPT_BITS + CALL_BITS) !== 0n) return undefined;
    return { attempt: Number(number >> CALL_BITS), call: Number(BigInt.asUintN(Number(CALL_BITS), number)) };
  }
}
