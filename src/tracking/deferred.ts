/** A promise that is settled from outside. */
export interface DeferredPromise<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
}

export function deferred<T>(): DeferredPromise<T> {
  let resolve!: (value: T) => void;
  return { promise: new Promise<T>((settle) => (resolve = settle)), resolve };
}
