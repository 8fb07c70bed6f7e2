import { type AttemptRef, assertAttemptRef } from '../contract/attempt-ref';
import { ReaperError } from '../contract/errors';
import { type Escalation, resolveEscalation } from '../contract/escalation';
import { assertVersion } from '../contract/version';
import { MAX_ANSWER_BYTES, MIN_ANSWER_BYTES } from '../contract/answer-size';
import type {
  AfterKill,
  AnswerLimit,
  CollectRequest,
  KillEarlierRequest,
  KillRequest,
  PrepareRequest,
} from '../contract/host-requests';

/*
 * Anyone who may start a workflow or an activity in the namespace can send these requests, so their TypeScript types prove
 * nothing. Each request is checked completely before anything is done, and only known fields are kept.
 */

const AFTER_KILL: AfterKill[] = ['cancel', 'fail', 'retry'];
/** Twice the client's limit, to leave room for reasons composed elsewhere; a reason goes into logs and reports. */
const MAX_REASON_LENGTH = 2_000;

function fieldsOf(request: unknown): Record<string, unknown> {
  if (typeof request === 'object' && request !== null) return request as Record<string, unknown>;
  throw new ReaperError('OPTION_INVALID', 'The request is not an object');
}

/** @throws ReaperError `OPTION_INVALID`, `VERSION_UNSUPPORTED` */
function knownFieldsOf(request: unknown): Record<string, unknown> {
  const fields = fieldsOf(request);
  assertVersion(fields.version);
  return fields;
}

/** @throws ReaperError `ATTEMPT_REF_INVALID` */
function checkedAttempt(value: unknown, ownNamespace: string): AttemptRef {
  assertAttemptRef(value, ownNamespace);
  const { namespace, workflowId, runId, activityId, attempt } = value;
  return { namespace, workflowId, runId, activityId, attempt };
}

/** @throws ReaperError `ATTEMPT_REF_INVALID` */
function checkedAttempts(values: unknown, namespace: string): AttemptRef[] {
  if (!Array.isArray(values)) throw new ReaperError('ATTEMPT_REF_INVALID', 'attempts is not a list of attempts');
  return values.map((value) => checkedAttempt(value, namespace));
}

/** @throws ReaperError `OPTION_INVALID` */
function checkedEscalation(value: unknown): Escalation {
  return resolveEscalation(fieldsOf(value));
}

function isOfOneRun(attempts: AttemptRef[] | 'all'): boolean {
  if (attempts === 'all') return false;
  return attempts.every(
    ({ workflowId, runId }) => workflowId === attempts[0].workflowId && runId === attempts[0].runId,
  );
}

/** @throws ReaperError `OPTION_INVALID` */
export function checkedLimit(request: unknown): AnswerLimit {
  const { maxBytes } = fieldsOf(request);
  if (maxBytes === undefined) return {};
  if (Number.isSafeInteger(maxBytes) && (maxBytes as number) >= MIN_ANSWER_BYTES) {
    return { maxBytes: Math.min(maxBytes as number, MAX_ANSWER_BYTES) };
  }
  throw new ReaperError('OPTION_INVALID', `maxBytes is not an integer of at least ${MIN_ANSWER_BYTES}`);
}

/** @throws ReaperError `ATTEMPT_REF_INVALID`, `OPTION_INVALID`, `VERSION_UNSUPPORTED` */
export function checkedKill(request: KillRequest, namespace: string): KillRequest {
  const { attempts, reason, then, escalation, graceUsedMs = 0, gated = false } = knownFieldsOf(request);
  if (!AFTER_KILL.includes(then as AfterKill)) {
    throw new ReaperError('OPTION_INVALID', `then is not one of ${AFTER_KILL.join(', ')}`);
  }
  if (typeof reason !== 'string' || reason.length > MAX_REASON_LENGTH) {
    throw new ReaperError('OPTION_INVALID', `reason is not a string of at most ${MAX_REASON_LENGTH} characters`);
  }
  if (typeof graceUsedMs !== 'number' || !(graceUsedMs >= 0)) {
    throw new ReaperError('OPTION_INVALID', 'graceUsedMs is not a number of at least 0');
  }
  const checked = attempts === 'all' ? attempts : checkedAttempts(attempts, namespace);
  if (gated !== false && (gated !== true || !isOfOneRun(checked))) {
    throw new ReaperError('OPTION_INVALID', 'gated is not a boolean, or the attempts do not belong to one run');
  }
  return {
    attempts: checked,
    reason,
    then: then as AfterKill,
    escalation: escalation === undefined || escalation === null ? undefined : checkedEscalation(escalation),
    graceUsedMs,
    gated,
    ...checkedLimit(request),
  };
}

/** @throws ReaperError `ATTEMPT_REF_INVALID`, `OPTION_INVALID`, `VERSION_UNSUPPORTED` */
export function checkedKillEarlier(request: KillEarlierRequest, namespace: string): KillEarlierRequest {
  const { before, isReset } = knownFieldsOf(request);
  return { before: checkedAttempt(before, namespace), isReset: isReset === true, ...checkedLimit(request) };
}

/** @throws ReaperError `ATTEMPT_REF_INVALID`, `OPTION_INVALID`, `VERSION_UNSUPPORTED` */
export function checkedPrepare(request: PrepareRequest, namespace: string): PrepareRequest {
  const { attempts, escalation } = knownFieldsOf(request);
  return { attempts: checkedAttempts(attempts, namespace), escalation: checkedEscalation(escalation) };
}

/** @throws ReaperError `ATTEMPT_REF_INVALID`, `OPTION_INVALID`, `VERSION_UNSUPPORTED` */
export function checkedCollect(request: CollectRequest, namespace: string): CollectRequest {
  return { attempts: checkedAttempts(knownFieldsOf(request).attempts, namespace), ...checkedLimit(request) };
}

/** @throws ReaperError `OPTION_INVALID` */
export function checkedPid(pid: unknown): number {
  if (Number.isSafeInteger(pid) && (pid as number) > 0) return pid as number;
  throw new ReaperError('OPTION_INVALID', 'The pid of a worker is not a positive integer');
}
