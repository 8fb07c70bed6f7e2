import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Replayed } from '../fixtures/plugin/replay';
import { FIXTURES } from '../helpers/fixtures-folder';

export const NONDETERMINISM = /DeterminismViolation|[Nn]ondeterminism|TMPRL1100/;

/** Replays every history of a folder, one of which is `mixed.with-plugin.json`; by file name. */
export async function replayAll(dir: string, fixtures = FIXTURES): Promise<Record<string, Replayed>> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(fixtures, 'plugin', 'replay.js'), dir], {
    timeout: 100_000,
    maxBuffer: 2 ** 24,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, Replayed>;
}
