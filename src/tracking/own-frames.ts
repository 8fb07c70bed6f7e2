import { basename, dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

const COMPILED = dirname(__dirname);
const PARENT = dirname(COMPILED);
/** This package's folders: the one it runs from, and the one that its source maps name. */
const FOLDERS = [COMPILED, ...(basename(PARENT) === 'dist' ? [join(dirname(PARENT), 'src')] : [])].map(
  (folder) => folder + sep,
);
const PLACES = [...FOLDERS, ...FOLDERS.map((folder) => pathToFileURL(folder).href)];

/** Frames of ours that call the activity; none of them appears above a frame of the user's. */
const CALLER = /^\s+at (?!async ).*[\\/](attempt-run|activity-inbound)\.[jt]s:/;

function isOwn(line: string): boolean {
  return isFrame(line) && PLACES.some((place) => line.includes(place));
}

/** The wrapper that the SDK puts around each interceptor. */
const WRAPPER = /[\\/]common[\\/](?:src|lib)[\\/]interceptors\.[jt]s:/;

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}

/**
 * The frames that called our interceptor. After our first `await` they are no longer on the stack; without us they would be
 * below the user's frames. Captured at once, but formatted, which is the expensive part, only when read.
 *
 * @param interceptor this function and everything it calls are left out
 */
export function callersOf(interceptor: (...args: never[]) => unknown): () => string[] {
  const captured: { stack?: string } = {};
  Error.captureStackTrace(captured, interceptor);
  return () => {
    const frames = (captured.stack ?? '').split('\n').filter(isFrame);
    return frames.length > 0 && WRAPPER.test(frames[0]) ? frames.slice(1) : frames;
  };
}

/**
 * The stack as it would be without this package between the activity and the SDK. If our call is in it, the SDK's frames
 * replace it; after an `await` they are there already, and only ours are removed.
 */
export function withoutOwnFrames(stack: string, callers: () => string[] = () => []): string {
  const lines = stack.split('\n');
  const call = lines.findIndex((line) => isOwn(line) && CALLER.test(line));
  const left = (call < 0 ? lines : lines.slice(0, call)).filter((line) => !isOwn(line));
  if (call < 0) return left.join('\n');
  const room = Error.stackTraceLimit - left.filter(isFrame).length;
  return [...left, ...callers().slice(0, Math.max(0, room))].join('\n');
}

/** Removes our frames from an error that an activity has thrown, and from its causes. Never throws. */
export function hideOwnFrames(thrown: unknown, callers: () => string[]): void {
  try {
    hideIn(thrown, callers);
  } catch {
    // The user's own getter, setter or Error.prepareStackTrace threw: leave the stack as it is.
  }
}

function hideIn(thrown: unknown, callers: () => string[]): void {
  const seen = new Set<unknown>();
  for (let error = thrown; error instanceof Error && !seen.has(error); error = error.cause) {
    seen.add(error);
    const { stack } = error;
    if (typeof stack !== 'string') continue;
    const own = withoutOwnFrames(stack, callers);
    if (own !== stack) Reflect.set(error, 'stack', own); // returns false for a frozen error, which keeps our frames
  }
}
