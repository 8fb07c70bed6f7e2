/**
 * Listens to the signals that shut Workers down, so that there is a listener besides signal-exit's while the first one is
 * dealt with. The SDK takes its own away at that signal, and signal-exit, which execa loads, ends the process at once when
 * nobody else listens: no grace, no result. A second signal ends the process, as without us.
 *
 * @returns ends it
 */
export function holdSignals(signals: readonly NodeJS.Signals[]): () => void {
  const release = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const onSignal = (): void => void setImmediate(release); // when all listeners have been called
  for (const signal of signals) process.on(signal, onSignal);
  return release;
}
