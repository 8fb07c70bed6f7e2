import type { ProcessInfo } from '../../contract/process-ref';
import { errorCode } from '../error-code';
import { ProcessSnapshot } from './process-snapshot';
import type { EnvEntry, ProcessTable } from './process-table';

/** Windows: the table knows only whether a pid is in use. */
export class WindowsTable implements ProcessTable {
  readonly kind = 'none';

  async look(): Promise<ProcessSnapshot> {
    return new ProcessSnapshot([]);
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
