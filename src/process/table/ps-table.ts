import * as childProcess from 'node:child_process';
import type { ProcessInfo, ProcessRef, ProcessUsage } from '../../contract/process-ref';
import { ProcessSnapshot } from './process-snapshot';
import type { EnvEntry, ProcessTable } from './process-table';

// Saved first: if child_process is wrapped later, our own `ps` must not count as an attempt's child.
const { execFile, execFileSync } = childProcess;

const COLUMNS = 'pid=,ppid=,pgid=,sess=,state=,lstart=,comm=';
/** A fixed language and zone make `lstart` readable: `Tue Nov 24 23:51:46 2026`. */
const PS_OPTIONS = { env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' }, encoding: 'utf8', maxBuffer: 64 << 20 } as const;
const LINE = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S)\S*\s+(\w{3}\s+\w{3}\s+\d+\s+\d+:\d+:\d+\s+\d{4})\s+(.*)$/;
const NAME_LENGTH = 15;

/** Parses the output of `ps`; skips other lines. Start ticks are seconds since 1970. */
export function parsePs(output: string): ProcessInfo[] {
  return output.split('\n').flatMap((line) => {
    const fields = LINE.exec(line);
    if (!fields) return [];
    const [, pid, ppid, pgid, session, state, started, command] = fields;
    return {
      pid: Number(pid),
      ppid: Number(ppid),
      pgid: Number(pgid),
      sid: /^\d+$/.test(session) ? Number(session) : 0, // macOS prints an address: treat it as no session
      state,
      startTicks: String(Date.parse(`${started} UTC`) / 1000),
      name: command.slice(command.lastIndexOf('/') + 1).slice(0, NAME_LENGTH),
    };
  });
}

/** macOS and other systems without procfs. Start times are precise to one second. Environments cannot be read. */
export class PsTable implements ProcessTable {
  readonly kind = 'ps';

  look(): Promise<ProcessSnapshot> {
    const begin = performance.now();
    return new Promise((resolve, reject) => {
      const ps = execFile('ps', ['-axo', COLUMNS], PS_OPTIONS, (error, stdout) => {
        if (error) reject(new Error('Cannot list the processes with "ps"', { cause: error }));
        else {
          const processes = parsePs(stdout).filter(({ pid }) => pid !== ps.pid);
          resolve(new ProcessSnapshot(processes, performance.now() - begin));
        }
      });
    });
  }

  read(pid: number): ProcessInfo | undefined {
    try {
      const output = execFileSync('ps', ['-o', COLUMNS, '-p', String(pid)], { ...PS_OPTIONS, stdio: 'pipe' });
      return parsePs(output)[0];
    } catch (error) {
      if ((error as { status?: unknown }).status === 1) return undefined; // no such process
      throw error;
    }
  }

  /** Only what the start ticks tell: more would need another `ps`. */
  usage({ startTicks }: ProcessRef): ProcessUsage {
    return { startedAt: Number(startTicks) * 1000 };
  }

  environ(): EnvEntry[] | undefined {
    return undefined;
  }

  nowTicks(): string {
    return String(Math.floor(Date.now() / 1000));
  }
}
