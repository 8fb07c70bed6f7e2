import type { ActivityInput, ActivityOptions, ConcludeActivationInput } from '@temporalio/workflow';
import { defaultPayloadConverter } from '@temporalio/common';
import { REQUEST_HEADER } from '../contract/names';
import { sdkState } from './workflow-sdk-state';

/** Sequence numbers from here on are for activities of ours; with the workflow's own, its next ones would get other ids. */
const FIRST_SEQ = 2 ** 31;

export function isOwnActivity(seq: number): boolean {
  return seq >= FIRST_SEQ;
}

/**
 * The activities that the interceptor itself schedules. They reach our task queues unchanged, whatever the interceptors
 * before and after ours do to them.
 */
export class OwnActivities {
  private readonly options = new WeakMap<object, ActivityOptions>();
  /** By sequence number, until the command is sent. */
  private readonly taskQueues = new Map<number, string>();
  private nextSeq = FIRST_SEQ;

  /** @param begin schedules one, and is given its number among ours, from 1 */
  schedule<T>(begin: (ordinal: number) => Promise<T>): Promise<T> {
    const { nextSeqs } = sdkState();
    const next = nextSeqs.activity;
    nextSeqs.activity = this.nextSeq;
    try {
      return begin(1 + this.nextSeq - FIRST_SEQ);
    } finally {
      this.nextSeq = nextSeqs.activity;
      nextSeqs.activity = next;
    }
  }

  /** Call it before the request is scheduled with these options. */
  add(request: object, options: ActivityOptions): void {
    this.options.set(request, options);
  }

  /**
   * Undefined when the activity is not one of ours. The request travels in a header, because our Workers lack the user's
   * payload codec, which leaves headers alone.
   */
  restore(input: ActivityInput): ActivityInput | undefined {
    const [request] = input.args;
    const options = typeof request === 'object' && request !== null ? this.options.get(request) : undefined;
    if (!options) return undefined;
    if (options.taskQueue) this.taskQueues.set(input.seq, options.taskQueue);
    const headers = { ...input.headers, [REQUEST_HEADER]: defaultPayloadConverter.toPayload(request) };
    return { ...input, options, args: [], headers };
  }

  /** Corrects the task queue in the commands themselves. */
  restoreQueues(input: ConcludeActivationInput): ConcludeActivationInput {
    if (this.taskQueues.size === 0) return input;
    const commands = input.commands.map((command) => {
      const seq = command.scheduleActivity?.seq ?? -1;
      const taskQueue = this.taskQueues.get(seq);
      if (taskQueue === undefined || command.scheduleActivity?.taskQueue === taskQueue) return command;
      return { ...command, scheduleActivity: { ...command.scheduleActivity, taskQueue } };
    });
    for (const { scheduleActivity } of commands) this.taskQueues.delete(scheduleActivity?.seq ?? -1);
    return { commands };
  }
}
