import { lstatSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { errorCode } from '../process/error-code';
import type { GuardianReport } from './protocol';

const REPORT = /^\d+-\d*-[A-Za-z0-9._-]+\.json$/;
const PRIVATE = 0o077;

/** One folder per user, because the next worker of the same user reads the report. */
function folder(): string {
  return process.env.XDG_RUNTIME_DIR
    ? join(process.env.XDG_RUNTIME_DIR, 'temporal-reaper')
    : join(tmpdir(), `temporal-reaper-${process.geteuid?.() ?? 'user'}`);
}

/** In a shared /tmp, another user may have created the folder, or a symlink in its place. */
function assertOwn(path: string): void {
  const stat = lstatSync(path);
  const isOurs = process.geteuid === undefined || (stat.uid === process.geteuid() && (stat.mode & PRIVATE) === 0);
  if (!stat.isDirectory() || !isOurs) throw new Error(`${path} is not this user's own private folder`);
}

function safe(hostId: string): string {
  return hostId.replaceAll(':', '_');
}

/** The file in which a worker's guardian leaves its report. */
export function reportFileOf(hostId: string, workerPid: number, workerStartTicks: string): string {
  return join(folder(), `${workerPid}-${workerStartTicks}-${safe(hostId)}.json`);
}

/**
 * Writes the report to a temporary file and renames it, so that a reader never sees half of it.
 *
 * @throws Error when the folder is not this user's own
 */
export function writeReport(file: string, report: GuardianReport): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  assertOwn(dirname(file));
  rmSync(`${file}.new`, { force: true });
  writeFileSync(`${file}.new`, JSON.stringify(report), { mode: 0o600, flag: 'wx' });
  renameSync(`${file}.new`, file);
}

/**
 * Reads and removes the reports that guardians of this host have left.
 *
 * @throws Error when the folder is not this user's own
 */
export function takeReports(hostId: string): GuardianReport[] {
  let names: string[];
  try {
    assertOwn(folder());
    names = readdirSync(folder()).filter((name) => REPORT.test(name) && name.endsWith(`-${safe(hostId)}.json`));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  return names.flatMap((name) => {
    const file = join(folder(), name);
    try {
      if (!lstatSync(file).isFile()) return [];
      const text = readFileSync(file, 'utf8');
      rmSync(file); // remove even an invalid report, which would otherwise block the others for ever
      return JSON.parse(text) as GuardianReport;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return []; // another worker took it
      throw error;
    }
  });
}
