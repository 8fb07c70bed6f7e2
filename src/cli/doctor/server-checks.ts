import type { ServerFacts } from '../../client/examine';
import { countOf } from '../render/count';
import type { DoctorCheck } from './check';

const CONTROL_REMEDY = 'Start a worker with ReaperPlugin and control: true (the default) in this namespace';
const PLUGIN_REMEDY = 'Start a worker with ReaperPlugin in this namespace';

/** The server and the namespace. Nothing after the first problem could be checked. */
export function serverChecks({ address, namespace, version, problem, pushes }: ServerFacts): DoctorCheck[] {
  const at = address === undefined ? '' : ` at ${address}`;
  const isNamespaceMissing = problem?.code === 'NAMESPACE_NOT_FOUND';
  if (problem && !isNamespaceMissing) {
    return [{ check: 'server', status: 'fail', code: problem.code, found: problem.message }];
  }
  const server: DoctorCheck = {
    check: 'server',
    status: 'ok',
    found: `Temporal ${version || 'of unknown version'}${at}`,
  };
  if (problem) {
    const { code, message } = problem;
    return [server, { check: 'namespace', status: 'fail', subject: namespace, code, found: message }];
  }
  return [
    server,
    { check: 'namespace', status: 'ok', subject: namespace, found: 'exists' },
    { check: 'server push', status: 'ok', found: pushes ? 'on' : 'off: optional, used where the server has it' },
  ];
}

/** Whether workers serve the cancellation workflows and their activities. */
export function controlChecks({ control }: ServerFacts): DoctorCheck[] {
  if (!control) return [];
  const { workflow, activity } = control;
  const found = `${countOf(workflow.length, 'poller', 'pollers')} of workflows, ${activity.length} of activities`;
  const missing =
    activity.length === 0
      ? { remedy: PLUGIN_REMEDY, what: 'no worker runs temporal-reaper' }
      : { remedy: CONTROL_REMEDY, what: 'nothing can be listed, and no activity cancelled on its own' };
  if (workflow.length > 0 && activity.length > 0) return [{ check: 'control task queue', status: 'ok', found }];
  return [{ check: 'control task queue', status: 'fail', found: `${found}: ${missing.what}`, remedy: missing.remedy }];
}

/** Whether the host and worker task queues are polled. */
export function queueChecks({ queues }: ServerFacts): DoctorCheck[] {
  const unserved = (queues ?? []).filter(({ pollers }) => pollers === 0);
  const served = (queues ?? []).length - unserved.length;
  const failures = unserved.map(({ taskQueue }): DoctorCheck => ({
    check: 'task queues',
    status: 'fail',
    subject: taskQueue,
    found: 'no worker polls it: no kill gets there',
    remedy: 'Look at the log of that worker for "A task queue of the reaper is not served"',
  }));
  if (served === 0) return failures;
  const found = `${countOf(served, 'host or worker task queue', 'host and worker task queues')} polled`;
  return [{ check: 'task queues', status: 'ok', found }, ...failures];
}
