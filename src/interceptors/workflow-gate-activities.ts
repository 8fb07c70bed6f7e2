import type { ActivityOptions, WorkflowInterceptors } from '@temporalio/workflow';
import { CancellationScope, defineSignal, setHandler, workflowInfo } from '@temporalio/workflow';
import { defaultPayloadConverter } from '@temporalio/common';
import {
  CANCEL_ACTIVITY_SIGNAL,
  KILL_FIRST_HEADER,
  PROBE_ANSWER,
  PROBE_QUERY,
  REQUEST_HEADER,
} from '../contract/names';
import { CancelDecision, type GatedRuns } from './workflow-decision';
import { answerCancelled, isCancelledWithRun } from './workflow-early-answer';
import { Awaited, isCancelSignal } from './workflow-awaited';
import { GatedScope, ShieldScope } from './workflow-gated-scope';
import { JobOrder } from './workflow-job-order';
import { type GatedActivity, KillBeforeCancel } from './workflow-kill-before-cancel';
import { OwnActivities } from './workflow-own-activities';
import { RunEnd } from './workflow-run-end';

/** Given a handler, because otherwise the SDK would buffer the signal; the activity ids travel in a header. */
const cancelSignal = defineSignal(CANCEL_ACTIVITY_SIGNAL);

/** `TRY_CANCEL` is also the default of the SDK and of Temporal. */
function isTryCancel(type: ActivityOptions['cancellationType'] | null): boolean {
  return (type ?? 'TRY_CANCEL') === 'TRY_CANCEL';
}

/** Whether sdk-core answers its cancel by itself: it waits for the server only if the server has heard of the activity. */
function isAnsweredAtOnce({ isTryCancel, scheduledAt }: GatedActivity): boolean {
  return isTryCancel || scheduledAt === workflowInfo().historyLength;
}

/**
 * Kills before it cancels: when an activity's surrounding scope is cancelled, the activity's processes are killed first, and
 * only then does the cancel reach the activity. Until a cancel comes, nothing is written to history and nothing is delayed
 * by even a microtask. So histories without the interceptor replay with it, and it can be removed again.
 */
export function gateActivities(gated: GatedRuns): WorkflowInterceptors {
  /** By sequence number. */
  const pending = new Map<number, GatedActivity>();
  const decision = new CancelDecision(gated);
  const own = new OwnActivities();
  const awaited = new Awaited((seq) => {
    const activity = pending.get(seq);
    return activity !== undefined && activity.isKilledFirst && isAnsweredAtOnce(activity);
  });
  const end = new RunEnd(awaited);
  const order = new JobOrder(awaited, end);
  const killBeforeCancel = new KillBeforeCancel(own, end);
  const shield = new ShieldScope();

  return {
    inbound: [
      {
        async handleQuery(input, next) {
          if (input.queryName === PROBE_QUERY && decision.willKillFirst) throw new Error(PROBE_ANSWER);
          return next(input);
        },
        async handleSignal(input, next) {
          if (input.signalName !== CANCEL_ACTIVITY_SIGNAL) return next(input);
          const payload = input.headers[REQUEST_HEADER];
          if (!payload) return;
          const activityIds = defaultPayloadConverter.fromPayload<string[]>(payload);
          const named = [...pending.values()].filter(({ activityId }) => activityIds.includes(activityId));
          const killsFirst = named.length > 0 && KILL_FIRST_HEADER in input.headers && decision.killsFirst();
          for (const activity of named) {
            if (killsFirst) {
              killBeforeCancel.add(activity);
            } else {
              activity.isKilledFirst = true; // by the sender
              activity.gate.open();
            }
          }
        },
      },
    ],
    // Learn of ends from activations, not from promises: the SDK hooks every promise that a workflow creates.
    internals: [
      {
        activate(input, next) {
          for (const { resolveActivity } of input.activation.jobs ?? []) pending.delete(resolveActivity?.seq ?? -1);
          order.activate(input, (part) => {
            const isSignalled = part.activation.jobs?.some(isCancelSignal);
            // Only while it is handed over: a run's metadata lists its signal handlers.
            if (isSignalled) setHandler(cancelSignal, () => undefined);
            next(part);
            if (isSignalled) setHandler(cancelSignal, undefined);
          });
        },
        concludeActivation(input, next) {
          awaited.noteSent(input.commands);
          return next(own.restoreQueues(end.conclude(input)));
        },
      },
    ],
    outbound: [
      {
        scheduleActivity(input, next) {
          const ours = own.restore(input);
          if (ours) return next(ours);
          const scope = CancellationScope.current();
          const { cancellationType, activityId = `${input.seq}` } = input.options;
          // No gate for an abandoned activity, which no cancel reaches, or for a scope that is cancelled already.
          if (scope.consideredCancelled || cancellationType === 'ABANDON') return next(input);

          const { seq, activityType } = input;
          // Subscribe to the cancel at the point where the SDK would, so that the order of commands stays the same.
          const gate = new GatedScope(scope.cancellable ? scope : shield, () => {
            if (!pending.has(seq) || !decision.killsFirst()) {
              gate.open();
              return;
            }
            // If workflow code cancels, it does not wait for the grace; if the run is cancelled, it does.
            if (activity.isTryCancel && !isCancelledWithRun(scope)) answerCancelled(activity);
            killBeforeCancel.add(activity);
          });
          const activity: GatedActivity = {
            seq,
            activityId,
            activityType,
            gate,
            isTryCancel: isTryCancel(cancellationType),
            scheduledAt: workflowInfo().historyLength,
            isKilledFirst: false,
          };
          const result = gate.run(() => next(input));
          pending.set(seq, activity);
          // Another interceptor answers by itself or schedules later: only its promise shows the end.
          const forget = (): boolean => pending.delete(seq);
          if (!gate.isAwaited) result.then(forget, forget);
          return result;
        },
      },
    ],
  };
}
