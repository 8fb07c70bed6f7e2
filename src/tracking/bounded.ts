/**
 * Waits for work, but no longer than `ms`.
 *
 * @param holdsProcess whether this process stays alive for it
 * @returns whether the work is done; if it fails later, its error is ignored
 */
export async function doneWithin(ms: number, work: Promise<unknown>, holdsProcess = true): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), ms)));
  if (!holdsProcess) timer?.unref();
  const done = work.then(() => true);
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
