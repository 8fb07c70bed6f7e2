import type { ProcessRef } from '../../contract/process-ref';
import type { ProcessTable } from '../table/process-table';
import type { EncloserData } from './enclosure';
import type { Containment } from './level';
import { TaggedOrphans } from './subreaper/tagged-orphans';
import { AttemptTags } from './subreaper/tags';

/** What a dead worker said about its open attempts. */
export interface ReportedProcesses {
  roots: ProcessRef[];
  users: number[];
}

/**
 * Finds the processes of a dead worker that it did not report and that carry no marker, such as daemons that have emptied
 * their environment; undefined if its level leaves no other trace of them, or needs none.
 */
export function openUnreported(
  data: EncloserData | undefined,
  table: ProcessTable,
  reported: readonly ReportedProcesses[],
): Containment | undefined {
  if (data?.kind !== 'subreaper') return undefined;
  const roots = reported.flatMap((each) => each.roots);
  const users = new Set(reported.flatMap((each) => each.users));
  return new TaggedOrphans(table, new AttemptTags(data.mark), roots, users);
}
