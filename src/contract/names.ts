/** Workflow signal with which the interceptor cancels activities; their ids, a list, travel in {@link REQUEST_HEADER}. */
export const CANCEL_ACTIVITY_SIGNAL = 'temporal-reaper.cancel-activity';

/** Local activity of the user's own worker with which the workflow interceptor finds its attempts. */
export const LOCATE_LOCAL_ACTIVITY = 'temporalReaperLocate';

/** Headers pass by the user's payload codec and converter, which our workers do not have. */
export const REQUEST_HEADER = 'temporal-reaper-request';

/**
 * Query that the workflow interceptor answers with a failure of this very text: a result would pass the user's payload
 * codec, which our workers cannot read, a failure's message does not.
 */
export const PROBE_QUERY = 'temporal-reaper.probe';
export const PROBE_ANSWER = 'temporal-reaper: this run kills before it cancels';
