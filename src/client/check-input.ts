import { ReaperError } from '../contract/errors';
import { type Escalation, type EscalationOptions, resolveEscalation } from '../contract/escalation';
import { assertHostId } from '../contract/task-queues';

const MAX_TEXT_LENGTH = 1000;

function invalid(message: string): ReaperError {
  return new ReaperError('OPTION_INVALID', message);
}

/** @throws ReaperError `OPTION_INVALID` unless `value` is text of 1 to 1,000 characters */
export function checkText(name: string, value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '' || value.length > MAX_TEXT_LENGTH) {
    throw invalid(`${name} is ${JSON.stringify(value)}: give text of 1 to ${MAX_TEXT_LENGTH} characters`);
  }
  return value;
}

/** Like {@link checkText}, for an optional value. */
export function checkOptionalText(name: string, value: unknown): string | undefined {
  return value === undefined ? undefined : checkText(name, value);
}

/** @throws ReaperError `OPTION_INVALID` unless an object that is no list */
export function checkObject(what: string, value: unknown): asserts value is object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw invalid(`${what} takes an object, not ${JSON.stringify(value)}`);
}

/** @throws ReaperError `OPTION_INVALID` for an unknown option: a misspelt option must not be ignored */
export function checkKeys(what: string, value: unknown, known: readonly string[]): void {
  checkObject(what, value);
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  if (unknown.length > 0)
    throw invalid(`${what} has no option "${unknown.join('", "')}"; there are ${known.join(', ')}`);
}

/** @throws ReaperError `OPTION_INVALID` unless true, false or omitted: the string "false" must not count as true */
export function checkFlag(name: string, value: unknown): boolean {
  if (value !== undefined && typeof value !== 'boolean') {
    throw invalid(`${name} is ${JSON.stringify(value)}: true or false`);
  }
  return value ?? false;
}

/** Undefined when omitted: the workers' own configuration applies then. */
export function checkEscalation(options: EscalationOptions | undefined): Escalation | undefined {
  return options === undefined ? undefined : resolveEscalation(options);
}

/** @throws ReaperError `OPTION_INVALID` unless a non-empty list, `HOST_ID_INVALID` when an entry is not a host id */
export function checkHostIds(hostIds: unknown): string[] | undefined {
  if (hostIds === undefined) return undefined;
  if (!Array.isArray(hostIds) || hostIds.length === 0) {
    throw invalid('hostIds must be a list of at least one host id; leave it out to mean every host');
  }
  return [...new Set(hostIds)].map((hostId: unknown) => {
    assertHostId(hostId);
    return hostId;
  });
}
