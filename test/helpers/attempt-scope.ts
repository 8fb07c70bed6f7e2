import { DEFAULT_ESCALATION } from '../../src/contract/escalation';
import { AttemptScope, type ScopedAttempt } from '../../src/tracking/attempt-scope';

const nothing = (): void => undefined;

/** A scope without an activity around it: whoever uses it opens and closes the attempt. */
export function scopeOf(scoped: Pick<ScopedAttempt, 'token' | 'attempt' | 'mark' | 'link' | 'encloser'>): AttemptScope {
  return new AttemptScope({
    ownSession: true,
    escalation: DEFAULT_ESCALATION,
    neverTracks: () => false,
    tellReaper: nothing,
    tellOfStranger: nothing,
    cleanUpLate: nothing,
    ...scoped,
  });
}
