import type { ProcessInfo } from '../../contract/process-ref';
import type { KillTarget } from '../kill-target';
import type { ProcessTable } from '../process-table';
import type { Protection } from '../protect';
import type { MarkedLook } from '../shared-look';
import type { Containment, Known } from './level';

/** Windows: the roots alone are known; `taskkill /T /F` ends what descends from them while they live. No grace. */
export class RootsOnlyContainment implements Containment {
  readonly level = 'basic';
  readonly proof = 'none';
  readonly reason = 'Windows shows no process table to this package';

  constructor(readonly table: ProcessTable) {}

  async find(_look: MarkedLook, target: KillTarget, _known: Known, protection: Protection): Promise<ProcessInfo[]> {
    return [...target.roots()].flatMap(({ pid, startTicks }) => {
      const process = protection.pids.has(pid) ? undefined : this.table.read(pid);
      return process ? [{ ...process, startTicks }] : [];
    });
  }
}
