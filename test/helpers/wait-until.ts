import { setTimeout as delay } from 'node:timers/promises';

/** Polls until the condition holds; fails with what it waited for. */
export async function waitUntil(
  what: string,
  condition: () => boolean | Promise<boolean>,
  { timeoutMs = 15_000, everyMs = 5 } = {},
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}`);
    await delay(everyMs);
  }
}
