import type { ProcessInfo } from '../contract/process-ref';
import { errorCode } from './error-code';
import { Look } from './look';
import type { EnvEntry, ProcessTable } from './process-table';

/** Windows: nothing is known but whether a pid is taken. */
export class WindowsTable implements ProcessTable {
  readonly kind = 'none';

  async look(): Promise<Look> {
    return new Look([]);
  }

  read(pid: number): ProcessInfo | undefined {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if (errorCode(error) === 'ESRCH') return undefined;
      if (errorCode(error) !== 'EPERM') throw error;
    }
    return { pid, startTicks: '', ppid: 0, pgid: 0, sid: 0, state: '?', name: '' };
  }

  environ(): EnvEntry[] | undefined {
    return undefined;
  }

  nowTicks(): string {
    return '';
  }
}
