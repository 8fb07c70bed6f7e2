/** The longest that one call may take, in ms, including retries: if the server has stopped, it fails instead of hanging. */
export const CALL_DEADLINE_MS = 5_000;
