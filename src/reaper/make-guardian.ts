import { guardianProgram } from '../guardian/executable';
import { GuardianLink } from '../guardian/guardian-link';
import type { ProcessRef } from '../contract/process-ref';
import type { Containment } from '../process/containment/level';
import type { ReaperNotices } from '../tracking/reaper-protocol';
import type { ProcessConfig } from './config';

/** A guardian yet to be started; undefined if none is wanted or none can run here. */
export function makeGuardian(
  { guardian, mark, guardianEscalation }: ProcessConfig,
  { encloserData }: Containment,
  { log, notify }: ReaperNotices,
): GuardianLink | undefined {
  if (!guardian || process.platform === 'win32') return undefined;
  const program = guardianProgram();
  if ('obstacle' in program) {
    log('WARN', 'No guardian: when this worker dies, its processes live until another one starts on this host', {
      because: program.obstacle,
    });
    return undefined;
  }
  const onError = (message: string): void => log('WARN', message);
  const onStarted = (guardian: ProcessRef): void => notify({ type: 'guardianStarted', guardian });
  return new GuardianLink(program.file, mark, guardianEscalation, onError, onStarted, encloserData);
}
