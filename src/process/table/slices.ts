import { setImmediate } from 'node:timers/promises';

/** The longest stretch without a turn of the event loop, in ms. */
const SLICE_MS = 10;

/** Works through the items, giving the event loop a turn after each slice. */
export async function inSlices<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  let sliceEnd = performance.now() + SLICE_MS;
  for (const item of items) {
    if (performance.now() >= sliceEnd) {
      await setImmediate();
      sliceEnd = performance.now() + SLICE_MS;
    }
    work(item);
  }
}
