/**
 * Listens to the signals that shut Workers down, so that there is a listener besides signal-exit's while the first one is
 * dealt with. The SDK takes its own away at that signal, and signal-exit, which execa loads, ends the process at once when
 * nobody else listens: no grace, no result. A second signal ends the process, as without us: we end it, because one that
 * comes before a listener is gone would be lost with that listener.
 *
 * @returns ends it
 */
export function holdSignals(signals: readonly NodeJS.Signals[]): () => void {
  let shuttingDown = false;
  const release = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (!shuttingDown) {
      shuttingDown = true;
      return;
    }
    // signal-exit, called after us, finds itself alone; with nobody, the default is due.
    release();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  for (const signal of signals) process.prependListener(signal, onSignal);
  return release;
}
