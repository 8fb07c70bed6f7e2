import { createHash } from 'node:crypto';
import { pidNamespace } from '../../host-id';
import type { WorkerMark } from '../../marker';

// 63 bits, so that programs that read a limit as a signed number see a positive one.
const MARK = 1n << 62n;
const WORKER_BITS = 28n;
const ATTEMPT_BITS = 34n;

/** The number of processes that the worker starts on behalf of no attempt. */
export const NO_ATTEMPT = 0;

/**
 * The tags of one worker process. Its children inherit them from the spawn that they descend from; no other worker of the
 * host has the same ones.
 */
export class AttemptTags {
  private readonly worker: bigint;

  constructor({ workerPid, workerStartTicks }: Pick<WorkerMark, 'workerPid' | 'workerStartTicks'>) {
    // Without the host id: the reapers of one process may differ in it, but share the tags of its children.
    const text = JSON.stringify([pidNamespace() ?? '', workerPid, workerStartTicks]);
    const hash = createHash('sha256').update(text).digest().readBigUInt64BE();
    this.worker = MARK | (BigInt.asUintN(Number(WORKER_BITS), hash) << ATTEMPT_BITS);
  }

  /** @param attempt a number of 34 bits */
  format(attempt: number): bigint {
    return this.worker | BigInt(attempt);
  }

  /** The number of the attempt; undefined when it is not a tag of this worker. */
  parse(limit: bigint): number | undefined {
    const number = limit - this.worker;
    return number < 0n || number >> ATTEMPT_BITS !== 0n ? undefined : Number(number);
  }
}
