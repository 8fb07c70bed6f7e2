import type { ProcessInfo } from '../../contract/process-ref';
import type { KillTarget } from '../kill/kill-target';
import type { ProcessTable } from '../table/process-table';
import type { KillProtection } from '../kill/protect';
import type { MarkedLook } from '../table/marked-look';
import type { Containment, KillMemory } from './level';

/** Windows: only the roots are known; `taskkill /T /F` ends their descendants while the roots live. No grace period. */
export class RootsOnlyContainment implements Containment {
  readonly level = 'basic';
  readonly proof = 'none';
  readonly reason = 'Windows shows no process table to this package';

  constructor(readonly table: ProcessTable) {}

  async find(
    _look: MarkedLook,
    target: KillTarget,
    _known: KillMemory,
    protection: KillProtection,
  ): Promise<ProcessInfo[]> {
    return [...target.roots()].flatMap(({ pid, startTicks }) => {
      const process = protection.pids.has(pid) ? undefined : this.table.read(pid);
      return process ? [{ ...process, startTicks }] : [];
    });
  }
}
