import { sameAttempt } from '../contract/attempt-ref';
import type { LocateResult } from '../contract/control-requests';
import type { KillRequest, KillResult } from '../contract/host-requests';
import type { CancelOutcome, HostOutcome } from '../contract/outcomes';
import { controlActivities } from './activity-proxies';
import { killLocated } from './kill-located';
import { noteError } from './outcome';

/** One new attempt may begin between look and kill, and another between that kill and the cancel; after that, no more. */
const ROUNDS = 3;

/** Kills attempts that have begun since `before` was located. */
export async function killNewcomers(
  outcome: CancelOutcome,
  before: LocateResult,
  request: Omit<KillRequest, 'attempts'>,
  activityIds?: string[],
): Promise<HostOutcome<KillResult>[]> {
  const outcomes: HostOutcome<KillResult>[] = [];
  const known = before.attempts.filter(({ location }) => location).map(({ attempt }) => attempt);
  for (let round = 0; round < ROUNDS; round++) {
    const { workflowId, runId } = before;
    let now: LocateResult;
    try {
      now = await controlActivities('look again').locate({ workflowId, runId, activityIds });
    } catch (error) {
      noteError(outcome, error);
      break;
    }
    const newcomers = now.attempts.filter(
      ({ attempt, location }) => location && !known.some((other) => sameAttempt(other, attempt)),
    );
    if (newcomers.length === 0) break;
    known.push(...newcomers.map(({ attempt }) => attempt));
    outcomes.push(...(await killLocated(newcomers, request)));
  }
  return outcomes;
}
