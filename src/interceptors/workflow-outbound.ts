import type { ActivityInput, WorkflowInterceptors } from '@temporalio/workflow';
import { CancellationScope, defineSignal, patched, setHandler } from '@temporalio/workflow';
import { defaultPayloadConverter } from '@temporalio/common';
import { CANCEL_ACTIVITY_SIGNAL, PROBE_ANSWER, PROBE_QUERY, REQUEST_HEADER } from '../contract/names';
import { CONTROL_TASK_QUEUE } from '../contract/task-queues';
import { type GatedActivity, KillBeforeCancel } from './workflow-kill-before-cancel';
import { GatedScope, ShieldScope } from './workflow-gated-scope';

/** Decides, at the first cancel after an upgrade, that a run kills before it cancels; older histories do not. */
const PATCH = 'temporal-reaper';

/** Our own activities carry their request in a header: the user's payload codec, which our Workers lack, leaves it alone. */
function withRequestInHeader(input: ActivityInput): ActivityInput {
  const request = defaultPayloadConverter.toPayload(input.args[0]);
  return { ...input, args: [], headers: { ...input.headers, [REQUEST_HEADER]: request } };
}

/**
 * Kills before it cancels: when an activity's surrounding scope is cancelled, its processes are killed first, and only
 * then the cancel reaches the activity. Nothing is written to history until a cancel comes, and nothing is delayed by a
 * single microtask: histories without the interceptor replay with it, and it can be taken out again.
 */
export function interceptors(): WorkflowInterceptors {
  /** By sequence number. */
  const pending = new Map<number, GatedActivity>();
  const killBeforeCancel = new KillBeforeCancel();
  const shield = new ShieldScope();

  // The id travels in a header.
  setHandler(defineSignal(CANCEL_ACTIVITY_SIGNAL), () => undefined);

  return {
    inbound: [
      {
        async handleQuery(input, next) {
          if (input.queryName === PROBE_QUERY) throw new Error(PROBE_ANSWER);
          return next(input);
        },
        async handleSignal(input, next) {
          const payload = input.signalName === CANCEL_ACTIVITY_SIGNAL ? input.headers[REQUEST_HEADER] : undefined;
          if (!payload) return next(input);
          // The sender has killed already.
          const activityId = defaultPayloadConverter.fromPayload<string>(payload);
          for (const activity of pending.values()) if (activity.activityId === activityId) activity.gate.open();
        },
      },
    ],
    // Not by a promise of ours where it can be helped: the SDK has a hook on every promise that a workflow makes.
    internals: [
      {
        activate(input, next) {
          for (const { resolveActivity } of input.activation.jobs ?? []) {
            if (resolveActivity) pending.delete(resolveActivity.seq ?? 0);
          }
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity(input, next) {
          if (input.options.taskQueue?.startsWith(`${CONTROL_TASK_QUEUE}/`)) return next(withRequestInHeader(input));
          const scope = CancellationScope.current();
          // An abandoned activity lives on, and what cannot be cancelled from here needs no gate.
          if (scope.consideredCancelled || input.options.cancellationType === 'ABANDON') return next(input);

          const { seq, activityType } = input;
          // Asked for a cancel where the SDK would ask: the order of commands stays the same.
          const gate = new GatedScope(scope.cancellable ? scope : shield, () => {
            if (!pending.has(seq) || !patched(PATCH)) gate.open();
            else killBeforeCancel.add(activity);
          });
          const activity = { activityId: input.options.activityId ?? `${seq}`, activityType, gate };
          const result = gate.run(() => next(input));
          pending.set(seq, activity);
          // Another interceptor answers itself, or asks later: only its promise tells of the end.
          const forget = (): boolean => pending.delete(seq);
          if (!gate.isAwaited) result.then(forget, forget);
          return result;
        },
      },
    ],
  };
}
