import type { WorkerMark } from '../marker';
import type { ProcessTable } from '../process-table';
import type { Probed } from './ladder';

/**
 * Opens the level by trying it out.
 *
 * @returns the level, or in words why it is impossible here
 */
export async function openCgroup(_table: ProcessTable, _mark: WorkerMark): Promise<Probed> {
  return { obstacle: 'this version does not have it', remedy: '' };
}
