import type { ListedProcess, ProcessInfo } from '../../contract/process-ref';
import type { ProcessTable } from './process-table';
import { inSlices } from './slices';

/** Adds what each process has used. Only lists ask for it, so a look that serves a kill does not read it. */
export async function withUsage(
  table: Pick<ProcessTable, 'usage'>,
  processes: readonly ProcessInfo[],
): Promise<ListedProcess[]> {
  const listed: ListedProcess[] = [];
  await inSlices(processes, (process) => {
    const { waitedCpuMs: _, ...usage } = table.usage?.(process) ?? {};
    listed.push({ ...process, ...usage });
  });
  return listed;
}
