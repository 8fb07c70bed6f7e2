import type { NativeAddon } from './addon';

/**
 * Runs `call`, in which Node starts a process. Returns and throws what `call` does.
 *
 * @param where see `NativeAddon.enclose`
 * @param tell receives the result of `NativeAddon.enclose`, even when `call` throws, as a synchronous spawn does on failure
 */
export function runEnclosed<T>(
  native: NativeAddon,
  where: { cgroup?: number; changesUser?: boolean; tag?: bigint },
  call: () => T,
  tell: (entered: number) => void,
): T {
  let end = (): T => {
    throw new Error('The native part has not run the call');
  };
  const entered = native.enclose(where.cgroup ?? -1, where.changesUser ?? false, where.tag ?? 0n, () => {
    try {
      const result = call();
      end = () => result;
    } catch (error) {
      end = () => {
        throw error;
      };
    }
  });
  tell(entered);
  return end();
}
