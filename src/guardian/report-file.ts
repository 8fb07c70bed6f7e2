import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { errorCode } from '../process/error-code';
import type { GuardianReport } from './protocol';

/** One folder per user and host: a report is read by the next worker of the same user. */
function folder(hostId: string): string {
  return join(tmpdir(), `temporal-reaper-${userInfo().uid}`, hostId.replaceAll(':', '_'));
}

/** Where the guardian of a worker leaves its report. */
export function reportFileOf(hostId: string, workerPid: number, workerStartTicks: string): string {
  return join(folder(hostId), `${workerPid}-${workerStartTicks}.json`);
}

/** Written aside and moved: a reader never sees half of it. */
export function writeReport(file: string, report: GuardianReport): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(report), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** The reports that guardians of this host have left; each is read once. */
export function takeReports(hostId: string): GuardianReport[] {
  let names: string[];
  try {
    names = readdirSync(folder(hostId)).filter((name) => name.endsWith('.json'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  return names.flatMap((name) => {
    const file = join(folder(hostId), name);
    try {
      const report = JSON.parse(readFileSync(file, 'utf8')) as GuardianReport;
      rmSync(file);
      return report;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return []; // another worker took it
      throw error;
    }
  });
}
