const LONG_MS = 2 ** 31 - 1;

/** Does what must be over before the process ends for want of anything else to do. */
export async function holdingProcess<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, LONG_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
