import type { EnvEntry } from './process-table';

/** The variables of an environment block (`NAME=value`, each ended by NUL) whose name begins with `prefix`. */
export function entriesWithPrefix(block: Buffer, prefix: string): EnvEntry[] {
  const entries: EnvEntry[] = [];
  for (let at = block.indexOf(prefix); at !== -1; at = block.indexOf(prefix, at + 1)) {
    if (at > 0 && block[at - 1] !== 0) continue; // inside a value or a longer name
    const nul = block.indexOf(0, at);
    const text = block.toString('utf8', at, nul === -1 ? block.length : nul);
    const equals = text.indexOf('=');
    if (equals !== -1) entries.push([text.slice(0, equals), text.slice(equals + 1)]);
  }
  return entries;
}
