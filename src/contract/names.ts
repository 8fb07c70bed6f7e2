/** Workflow signal that makes the interceptor cancel activities; {@link REQUEST_HEADER} holds the list of their ids. */
export const CANCEL_ACTIVITY_SIGNAL = 'temporal-reaper.cancel-activity';

/** Local activity of the user's own worker that finds attempts for the workflow interceptor. */
export const LOCATE_LOCAL_ACTIVITY = 'temporalReaperLocate';

/** The activity of a workflow that was started to run one command. */
export const COMMAND_ACTIVITY_ID = 'command';

/** Holds the request: headers bypass the user's payload codec and converter, which our workers lack. */
export const REQUEST_HEADER = 'temporal-reaper-request';

/** Sent with {@link CANCEL_ACTIVITY_SIGNAL}: the sender has not killed, so the interceptor must. */
export const KILL_FIRST_HEADER = 'temporal-reaper-kill-first';

/**
 * Query that the workflow interceptor answers with a failure of exactly this text. A result would pass through the user's
 * payload codec, which our workers cannot decode; a failure's message does not.
 */
export const PROBE_QUERY = 'temporal-reaper.probe';
export const PROBE_ANSWER = 'temporal-reaper: this run kills before it cancels';
