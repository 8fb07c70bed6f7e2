import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes the pid file, whole from the first moment, as the fixtures do. */
export function announced(dir: string, role: string): void {
  const file = join(dir, `${role}.pid`);
  writeFileSync(`${file}.new`, String(process.pid));
  renameSync(`${file}.new`, file);
}
