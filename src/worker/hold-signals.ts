/**
 * Listens to the signals that shut Workers down, so that there is a listener from the first Worker's start to the last
 * one's end. The SDK takes its own away at the first signal, and signal-exit, which execa loads, ends the process at once
 * when nobody else listens: no grace, no result. As without us, a second signal ends the process.
 *
 * @returns ends it
 */
export function holdSignals(signals: readonly NodeJS.Signals[]): () => void {
  let isFirst = true;
  const release = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (isFirst) {
      isFirst = false;
      return;
    }
    release();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return release;
}
