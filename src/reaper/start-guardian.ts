import { guardianProgram } from '../guardian/executable';
import { GuardianLink } from '../guardian/guardian-link';
import type { ProcessRef } from '../contract/process-ref';
import { signalProcess } from '../process/signal';
import { systemTable } from '../process/system-table';
import type { Containment } from '../process/containment/level';
import type { ReaperNotices } from '../tracking/link';
import type { ProcessConfig } from './config';

/** Starts the process that outlives this one; undefined where it is not wanted, or would find nothing for want of markers. */
export function startGuardian(
  { guardian, formerGuardian, mark, guardianEscalation }: ProcessConfig,
  { level, encloserData }: Containment,
  notices: Pick<ReaperNotices, 'log' | 'guardianStarted'>,
): GuardianLink | undefined {
  if (!guardian || level === 'basic') return undefined;
  const program = guardianProgram();
  if ('obstacle' in program) {
    notices.log(
      'WARN',
      'No guardian: when this worker dies, its processes live until another one starts on this host',
      {
        because: program.obstacle,
      },
    );
    return undefined;
  }
  const onError = (message: string): void => notices.log('WARN', message);
  const onStarted = (ref: ProcessRef): void => notices.guardianStarted(ref);
  const link = new GuardianLink(program.file, mark, guardianEscalation, onError, onStarted, encloserData);
  link.start();
  if (formerGuardian) signalProcess(systemTable(), formerGuardian, 'SIGKILL');
  return link;
}
