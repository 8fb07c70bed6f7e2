import type { ActivityOptions, WorkflowInterceptors } from '@temporalio/workflow';
import { CancellationScope, defineSignal, setHandler } from '@temporalio/workflow';
import { defaultPayloadConverter } from '@temporalio/common';
import { CANCEL_ACTIVITY_SIGNAL, PROBE_ANSWER, PROBE_QUERY, REQUEST_HEADER } from '../contract/names';
import { Decision, type GatedRuns } from './workflow-decision';
import { answerCancelled, isCancelledWithRun } from './workflow-early-answer';
import { GatedScope, ShieldScope } from './workflow-gated-scope';
import { type GatedActivity, KillBeforeCancel } from './workflow-kill-before-cancel';
import { OwnActivities } from './workflow-own-activities';

/** Also the default, of the SDK and of Temporal. */
function isTryCancel(type: ActivityOptions['cancellationType'] | null): boolean {
  return (type ?? 'TRY_CANCEL') === 'TRY_CANCEL';
}

/**
 * Kills before it cancels: when an activity's surrounding scope is cancelled, its processes are killed first, and only
 * then the cancel reaches the activity. Nothing is written to history until a cancel comes, and nothing is delayed by a
 * single microtask: histories without the interceptor replay with it, and it can be taken out again.
 */
export function gateActivities(gated: GatedRuns): WorkflowInterceptors {
  /** By sequence number. */
  const pending = new Map<number, GatedActivity>();
  const decision = new Decision(gated);
  const own = new OwnActivities();
  const killBeforeCancel = new KillBeforeCancel(own);
  const shield = new ShieldScope();

  // The ids travel in a header.
  setHandler(defineSignal(CANCEL_ACTIVITY_SIGNAL), () => undefined);

  return {
    inbound: [
      {
        async handleQuery(input, next) {
          if (input.queryName === PROBE_QUERY && decision.willKillFirst) throw new Error(PROBE_ANSWER);
          return next(input);
        },
        async handleSignal(input, next) {
          const payload = input.signalName === CANCEL_ACTIVITY_SIGNAL ? input.headers[REQUEST_HEADER] : undefined;
          if (!payload) return next(input);
          // The sender has killed already.
          const activityIds = defaultPayloadConverter.fromPayload<string[]>(payload);
          for (const { activityId, gate } of pending.values()) if (activityIds.includes(activityId)) gate.open();
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
        concludeActivation(input, next) {
          return next(own.restoreQueues(input));
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
          // An abandoned activity lives on, and what cannot be cancelled from here needs no gate.
          if (scope.consideredCancelled || cancellationType === 'ABANDON') return next(input);

          const { seq, activityType } = input;
          // Asked for a cancel where the SDK would ask: the order of commands stays the same.
          const gate = new GatedScope(scope.cancellable ? scope : shield, () => {
            if (!pending.has(seq) || !decision.killsFirst()) {
              gate.open();
              return;
            }
            // Workflow code that cancels does not wait for a grace; a run that ends does.
            if (isTryCancel(cancellationType) && !isCancelledWithRun(scope)) answerCancelled(activity);
            killBeforeCancel.add(activity);
          });
          const activity = { seq, activityId, activityType, gate };
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
