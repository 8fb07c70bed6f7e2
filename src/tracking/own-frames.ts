import { basename, dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

const COMPILED = dirname(__dirname);
const PARENT = dirname(COMPILED);
/** This package's folders: where it runs from, and where its source maps say that it comes from. */
const FOLDERS = [COMPILED, ...(basename(PARENT) === 'dist' ? [join(dirname(PARENT), 'src')] : [])].map(
  (folder) => folder + sep,
);
const PLACES = [...FOLDERS, ...FOLDERS.map((folder) => pathToFileURL(folder).href)];

/** What calls the activity: no such frame stands above one of the user's. */
const CALLER = /^\s+at (?!async ).*[\\/](attempt-ending|activity-inbound)\.[jt]s:/;

function isOwn(line: string): boolean {
  return /^\s+at /.test(line) && PLACES.some((place) => line.includes(place));
}

/**
 * A stack as it were without this package between the activity and the SDK. Below a call of ours there is nothing but the
 * SDK, which it cuts off itself; after an `await` the SDK's frames stay, and ours go.
 */
export function withoutOwnFrames(stack: string): string {
  const lines = stack.split('\n');
  const call = lines.findIndex((line) => isOwn(line) && CALLER.test(line));
  return (call < 0 ? lines : lines.slice(0, call)).filter((line) => !isOwn(line)).join('\n');
}

/** Takes our frames out of what an activity has thrown, and out of its causes. */
export function hideOwnFrames(thrown: unknown): void {
  const seen = new Set<unknown>();
  for (let error = thrown; error instanceof Error && !seen.has(error); error = error.cause) {
    seen.add(error);
    const { stack } = error;
    if (typeof stack !== 'string') continue;
    const own = withoutOwnFrames(stack);
    if (own !== stack) Reflect.set(error, 'stack', own); // false where it is frozen: then it keeps them
  }
}
