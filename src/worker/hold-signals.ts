/**
 * Listens to the signals that shut Workers down, so that signal-exit never finds itself the only listener. The SDK removes
 * its listener at the first signal, and signal-exit, which execa loads, ends the process at once when nobody else listens:
 * no grace, no result. A second signal ends the process, as it would without us. We end it ourselves, because a second
 * signal that arrives while our listener is still installed would otherwise be lost.
 *
 * @returns a function that removes the listeners
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
    // signal-exit runs after us and finds itself alone. If no listener is left, apply the default action.
    release();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  for (const signal of signals) process.prependListener(signal, onSignal);
  return release;
}
