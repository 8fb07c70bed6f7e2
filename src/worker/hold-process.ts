const LONG_MS = 2 ** 31 - 1;

/** Keeps the event loop alive until the work is done: a process with nothing else to do would exit before. */
export async function holdingProcess<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, LONG_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
